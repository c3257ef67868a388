import { encodeServerDef, taskName } from '../../src/distributed/server-def';

test("a ServerDef has TensorFlow's bytes", () => {
  const bytes = encodeServerDef(
    { hosts: ['a:1', 'b:2'], rank: 1 },
    { threads: 3, nccl: true },
  ).toString('hex');
  const text = (value: string): string => Buffer.from(value).toString('hex');
  const length = (value: string): string => (value.length / 2).toString(16).padStart(2, '0');
  const field = (tag: string, value: string): string => `${tag}${length(value)}${value}`;
  // tag = number of the field × 8 + kind: 2 is a text or a message, 0 a whole number
  const task = (index: number, host: string): string =>
    field('12', `08${String(index).padStart(2, '0')}${field('12', text(host))}`);
  const job = field('0a', text('worker')) + task(0, 'a:1') + task(1, 'b:2');
  const experimental = `${field('0a', text('/job:worker/replica:0/task:0'))}3801`;
  const config = [
    '1003',
    field('22', text('/job:worker/task:1')),
    '3801',
    field('8201', experimental),
  ].join('');
  expect(bytes).toBe(
    [
      field('0a', field('0a', job)),
      field('12', text('worker')),
      '1801',
      field('22', config),
      field('2a', text('grpc')),
    ].join(''),
  );
});

test('threads that nobody set are left to TensorFlow', () => {
  const of = (threads: number | null) =>
    encodeServerDef({ hosts: ['a:1'], rank: 0 }, { threads, nccl: false }).toString('hex');
  expect(of(null)).not.toBe(of(1));
  expect(of(1).length - of(null).length).toBe(4);
});

test('a worker has the name that errors of TensorFlow call it by', () =>
  expect(taskName(2)).toBe('/job:worker/replica:0/task:2'));
