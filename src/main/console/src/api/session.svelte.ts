/** The token of the person who uses the page. It is kept until the tab is closed, and never sent in a URL. */

import { store, stored } from '../lib/storage';

const KEY = 'rollbook.token';
const tab = () => sessionStorage;

class Session {
  token = $state(stored(tab, KEY));
  /** Whether the service refused a request for want of an accepted token. */
  refused = $state(false);

  signIn(token: string): void {
    store(tab, KEY, token);
    this.token = token;
    this.refused = false;
  }

  signOut(): void {
    store(tab, KEY, '');
    this.token = '';
    this.refused = true;
  }
}

export const session = new Session();
