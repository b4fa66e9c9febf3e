/** The format of `text/event-stream`. */

export interface ServerEvent {
  id: string;
  name: string;
  data: string;
}

/** Splits a stream of text into events; a chunk may end anywhere. An event with an `id` only moves the position. */
export class EventParser {
  private rest = '';
  private event: ServerEvent = { id: '', name: 'message', data: '' };

  push(chunk: string): ServerEvent[] {
    if (!chunk.includes('\n')) {
      // A long line comes in many chunks: not all of it is looked at again for each of them.
      this.rest += chunk;
      return [];
    }
    const events: ServerEvent[] = [];
    const lines = (this.rest + chunk).split('\n');
    this.rest = lines.pop() ?? '';
    for (const raw of lines) {
      const line = raw.endsWith('\r') ? raw.slice(0, -1) : raw;
      if (line === '') {
        if (this.event.data !== '' || this.event.id !== '') {
          events.push(this.event);
        }
        this.event = { id: '', name: 'message', data: '' };
      } else {
        this.field(line);
      }
    }
    return events;
  }

  private field(line: string): void {
    const colon = line.indexOf(':');
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1);
    if (name === 'id') {
      this.event.id = value;
    } else if (name === 'event') {
      this.event.name = value;
    } else if (name === 'data') {
      this.event.data += this.event.data === '' ? value : `\n${value}`;
    }
  }
}
