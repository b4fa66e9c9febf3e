/**
 * The bound on the streams of all tabs of a browser together.
 *
 * A browser has six connections to one HTTP/1.1 server. So four tabs can have a stream, and two connections are left for
 * other calls. A tab tells the others when it takes and gives back a stream. One that hears of four later ones gives
 * back its own. Nobody counts for all: if a message is lost, there are fewer streams than allowed, never more. The
 * locks of the browser would do the same, but only over HTTPS or on the same machine.
 */

export const SHARED_STREAMS = 4;

interface Message {
  tab: string;
  takes: boolean;
}

export class SharedStream {
  private readonly channel = new BroadcastChannel('rollbook.streams');
  private readonly tab = `${Date.now()} ${Math.random()}`;
  private hasStream = false;
  /** Tabs that took a stream after this one did. */
  private readonly later = new Set<string>();

  /** @param onLost called if other tabs need the stream of this one */
  constructor(private readonly onLost: () => void) {
    this.channel.onmessage = ({ data }: MessageEvent<Message>) => this.heard(data);
    window.addEventListener('pagehide', this.giveBack);
  }

  take(): void {
    if (!this.hasStream) {
      this.hasStream = true;
      this.later.clear();
      this.tell(true);
    }
  }

  readonly giveBack = (): void => {
    if (this.hasStream) {
      this.hasStream = false;
      this.tell(false);
    }
  };

  close(): void {
    this.giveBack();
    window.removeEventListener('pagehide', this.giveBack);
    this.channel.close();
  }

  private tell(takes: boolean): void {
    this.channel.postMessage({ tab: this.tab, takes } satisfies Message);
  }

  private heard({ tab, takes }: Message): void {
    if (!takes) {
      this.later.delete(tab);
    } else if (this.hasStream) {
      this.later.add(tab);
      if (this.later.size >= SHARED_STREAMS) {
        this.onLost();
      }
    }
  }
}
