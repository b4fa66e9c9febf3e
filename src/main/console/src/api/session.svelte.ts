/** The token of the person who uses the page. It is kept until the tab is closed, and never sent in a URL. */

const KEY = 'rollbook.token';

class Session {
  token = $state(sessionStorage.getItem(KEY) ?? '');
  /** Whether the service refused a request for want of an accepted token. */
  refused = $state(false);

  signIn(token: string): void {
    sessionStorage.setItem(KEY, token);
    this.token = token;
    this.refused = false;
  }

  signOut(): void {
    sessionStorage.removeItem(KEY);
    this.token = '';
    this.refused = true;
  }
}

export const session = new Session();
