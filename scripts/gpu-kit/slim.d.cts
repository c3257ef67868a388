export interface Chosen {
  readonly kind: number;
  readonly architecture: number;
}
export function unpackLz4(block: Buffer, size: number): Buffer;
export function chosen<T extends Chosen>(entries: readonly T[], architecture: number): T[];
export function slim(
  data: Buffer,
  architecture: number,
): Readonly<Record<'containers' | 'code' | 'ptx' | 'unpacked' | 'emptied', number>>;
