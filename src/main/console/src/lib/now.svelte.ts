/** The time, for ages of things; it moves on every 20 seconds. */

const MILLIS = 20_000;

class Clock {
  now = $state(Date.now());

  constructor() {
    setInterval(() => {
      this.now = Date.now();
    }, MILLIS);
  }
}

export const clock = new Clock();
