/** What a reader has opened in a block. It outlives the elements of the block, which are removed out of sight. */
export interface Memory {
  open?: boolean;
  all?: boolean;
  raw?: string;
  input?: { all?: boolean };
}
