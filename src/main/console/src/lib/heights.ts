/**
 * Heights of the rows of a list, as a Fenwick tree of whole pixels.
 *
 * A change of a height, the position of a row and the row at a position cost O(log n). Lists that keep the position of
 * each row have to compute all of them again for one new row, which costs more the longer a thread is.
 */
export class Heights {
  count = 0;
  private heights = new Int32Array(0);
  /** Sums of ranges of heights; the first element is not used. */
  private sums = new Float64Array(1);

  get capacity(): number {
    return this.heights.length;
  }

  get total(): number {
    return this.start(this.count);
  }

  of(index: number): number {
    return this.heights[index] ?? 0;
  }

  set(index: number, height: number): void {
    const change = height - this.of(index);
    if (change !== 0 && index < this.count) {
      this.heights[index] = height;
      for (let node = index + 1; node <= this.capacity; node += node & -node) {
        this.sums[node] = (this.sums[node] ?? 0) + change;
      }
    }
  }

  /** Sum of the heights of all rows before a row. */
  start(index: number): number {
    let sum = 0;
    for (let node = Math.min(index, this.count); node > 0; node -= node & -node) {
      sum += this.sums[node] ?? 0;
    }
    return sum;
  }

  /** The row at a position, which always has a height; the number of rows behind the last one. */
  at(position: number): number {
    let index = 0;
    let rest = position;
    for (let step = this.capacity; step > 0; step >>= 1) {
      const sum = this.sums[index + step];
      if (sum !== undefined && sum <= rest) {
        index += step;
        rest -= sum;
      }
    }
    return Math.min(index, this.count);
  }

  /** The row before that has a height, or -1. */
  before(index: number): number {
    const start = this.start(index);
    return start === 0 ? -1 : this.at(start - 1);
  }

  /** @param heightOf height of a new row */
  setCount(count: number, heightOf: (index: number) => number): void {
    for (let index = this.count - 1; index >= count; index--) {
      this.set(index, 0);
    }
    const first = Math.min(this.count, count);
    this.count = count;
    if (count <= this.capacity) {
      for (let index = first; index < count; index++) {
        this.set(index, heightOf(index));
      }
      return;
    }
    const heights = new Int32Array(2 ** Math.ceil(Math.log2(Math.max(count, 64))));
    heights.set(this.heights);
    for (let index = first; index < count; index++) {
      heights[index] = heightOf(index);
    }
    this.heights = heights;
    this.rebuild();
  }

  /** Sets all heights. */
  setAll(heightOf: (index: number) => number): void {
    for (let index = 0; index < this.count; index++) {
      this.heights[index] = heightOf(index);
    }
    this.rebuild();
  }

  private rebuild(): void {
    const sums = new Float64Array(this.capacity + 1);
    for (let node = 1; node <= this.capacity; node++) {
      sums[node] = (sums[node] ?? 0) + this.of(node - 1);
      const parent = node + (node & -node);
      if (parent <= this.capacity) {
        sums[parent] = (sums[parent] ?? 0) + (sums[node] ?? 0);
      }
    }
    this.sums = sums;
  }
}
