/** The address of the page as state. */

import { parse } from './address';

export { threadAddress } from './address';

class Router {
  route = $state.raw(parse(location.hash));

  constructor() {
    addEventListener('hashchange', () => {
      this.route = parse(location.hash);
    });
  }

  /** Changes the address without an entry in the history of the browser. */
  replace(hash: string): void {
    history.replaceState(null, '', hash);
    this.route = parse(hash);
  }

  /** Changes parameters of the address; a parameter that is empty is removed. */
  set(parameters: Record<string, string>): void {
    const query = new URLSearchParams(this.route.query);
    for (const [name, value] of Object.entries(parameters)) {
      if (value === '') {
        query.delete(name);
      } else {
        query.set(name, value);
      }
    }
    const path = location.hash.replace(/^#/, '').split('?', 1)[0] || '/';
    const text = query.toString();
    this.replace(`#${path}${text === '' ? '' : `?${text}`}`);
  }
}

export const router = new Router();
