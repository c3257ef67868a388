// Takes out of a shared library the GPU code that one architecture does not use: its bytes become zeros, which compress to nothing.
// node scripts/gpu-kit/slim.cjs IN OUT [ARCHITECTURE=90]
//
// GPU code lies in containers ("fatbins"): a header of 16 bytes with the size of what follows, then entries, each of a header and a
// payload. An entry is machine code for one architecture, or PTX, which the driver compiles at first use. Kept machine code that is packed
// by LZ4 is unpacked into the room of its neighbours: xz packs it far better than LZ4 did. No address changes.
const { readFileSync, writeFileSync } = require('node:fs');

const MAGIC = Buffer.from([0x50, 0xed, 0x55, 0xba]);
const CONTAINER_HEADER = 16;
const PTX = 1;
const CODE = 2;
/** Of an entry's flags: its payload is packed. */
const PACKED = 0x2000n;
const LEAST_HEADER = 64;

/** One block of LZ4: runs of bytes that are new, each followed by a run that is a copy of what came before. */
function unpackLz4(block, size) {
  const out = Buffer.alloc(size);
  let at = 0;
  let end = 0;
  const lengthOf = (nibble) => {
    let length = nibble;
    if (nibble === 15) for (let more = 255; more === 255; length += more) more = block[at++];
    return length;
  };
  while (at < block.length) {
    const token = block[at++];
    const fresh = lengthOf(token >> 4);
    block.copy(out, end, at, at + fresh);
    at += fresh;
    end += fresh;
    if (at >= block.length) break;
    const distance = block.readUInt16LE(at);
    at += 2;
    // copies overlap what they write
    for (let left = lengthOf(token & 15) + 4; left > 0; left--, end++)
      out[end] = out[end - distance];
  }
  if (end !== size) throw new Error(`LZ4: expected ${size} bytes, got ${end}`);
  return out;
}

/** The containers of a library: where each begins, and where it ends. */
function* containersOf(data) {
  for (let at = data.indexOf(MAGIC); at >= 0;) {
    const end = at + CONTAINER_HEADER + Number(data.readBigUInt64LE(at + 8));
    const isOne =
      data.readUInt16LE(at + 4) === 1 &&
      data.readUInt16LE(at + 6) === CONTAINER_HEADER &&
      end > at + CONTAINER_HEADER &&
      end <= data.length;
    if (isOne) yield { begin: at + CONTAINER_HEADER, end };
    at = data.indexOf(MAGIC, isOne ? end : at + MAGIC.length);
  }
}

function entriesOf(data, { begin, end }) {
  const entries = [];
  for (let at = begin; at + LEAST_HEADER <= end;) {
    const kind = data.readUInt16LE(at);
    const header = data.readUInt32LE(at + 4);
    const room = Number(data.readBigUInt64LE(at + 8));
    if (kind === 0 || header < LEAST_HEADER || at + header + room > end) break;
    entries.push({
      ...{ at, kind, header, room, payload: at + header },
      packed: data.readUInt32LE(at + 16),
      architecture: data.readUInt32LE(at + 28),
      flags: data.readBigUInt64LE(at + 40),
      unpacked: Number(data.readBigUInt64LE(at + 56)),
    });
    at += header + room;
  }
  return entries;
}

/** What a GPU of this architecture is given: its own code, else that of the newest of its generation before it, else the newest PTX. */
function chosen(entries, architecture) {
  const code = entries.filter(
    (one) =>
      one.kind === CODE &&
      Math.floor(one.architecture / 10) === Math.floor(architecture / 10) &&
      one.architecture <= architecture,
  );
  const some =
    code.length > 0
      ? code
      : entries.filter((one) => one.kind === PTX && one.architecture <= architecture);
  const newest = Math.max(...some.map((one) => one.architecture));
  return some.filter((one) => one.architecture === newest);
}

/** Unpacks the one entry of a container that is kept to its beginning, where there is room. @returns whether it did */
function unpackInPlace(data, { begin, end }, entry) {
  const room = end - begin - entry.header;
  if ((entry.flags & PACKED) === 0n || entry.packed === 0 || entry.unpacked > room) return false;
  const header = Buffer.from(data.subarray(entry.at, entry.payload));
  const code = unpackLz4(
    data.subarray(entry.payload, entry.payload + entry.packed),
    entry.unpacked,
  );
  // its payload reaches to the container's end: whoever reads on finds the next one where it was
  header.writeBigUInt64LE(BigInt(room), 8);
  header.writeUInt32LE(0, 16);
  header.writeBigUInt64LE(entry.flags & ~PACKED, 40);
  header.writeBigUInt64LE(0n, 56);
  data.fill(0, begin, end);
  header.copy(data, begin);
  code.copy(data, begin + header.length);
  return true;
}

/** Changes `data` in place. @returns how many containers and kept entries there were */
function slim(data, architecture) {
  const count = { containers: 0, code: 0, ptx: 0, unpacked: 0, emptied: 0 };
  for (const container of containersOf(data)) {
    const entries = entriesOf(data, container);
    const kept = chosen(entries, architecture);
    count.containers++;
    if (kept.length === 0) count.emptied++;
    else count[kept[0].kind === CODE ? 'code' : 'ptx']++;
    for (const { payload, room } of entries.filter((one) => !kept.includes(one)))
      data.fill(0, payload, payload + room);
    if (kept.length === 1 && unpackInPlace(data, container, kept[0])) count.unpacked++;
  }
  return count;
}

module.exports = { unpackLz4, chosen, slim };

if (require.main === module) {
  const [source, target, architecture = '90'] = process.argv.slice(2);
  const data = readFileSync(source);
  const count = slim(data, Number(architecture));
  writeFileSync(target, data, { mode: 0o755 });
  process.stdout.write(`${target}: ${JSON.stringify(count)}\n`);
}
