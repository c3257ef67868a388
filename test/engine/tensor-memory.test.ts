import { nativeFunctions } from '../../src/engine/function/native-functions';
import { tf } from '../../src/engine/tf';

const MB = 1 << 20;
const memory = (): [taken: number, reach: number] => nativeFunctions()!.memory();
/** A tensor on the device, of so many MB. */
const filled = (megabytes: number): tf.Tensor => tf.randomUniform([(megabytes * MB) / 4]);
const onDevice = (megabytes: number): tf.Tensor => tf.tidy(() => tf.add(filled(megabytes), 1));

test('tensors lie in the pool, and what one leaves the next takes: larger, smaller, or two where one was', () => {
  onDevice(48).dispose();
  const [takenBefore, reach] = memory();
  const first = onDevice(16);
  const second = onDevice(8);
  expect(memory()[0] - takenBefore).toBe(24 * MB);
  // their values are their own
  expect(tf.tidy(() => tf.min(first).dataSync()[0])).toBeGreaterThanOrEqual(1);
  tf.dispose([first, second]);
  // joined again, the two pieces have room for one of their sum
  const whole = onDevice(24);
  const [taken, reachNow] = memory();
  expect([taken - takenBefore, reachNow]).toEqual([24 * MB, reach]);
  whole.dispose();
  expect(memory()).toEqual([takenBefore, reach]);
});

test('what is less than a page is not its affair', () => {
  const [before] = memory();
  const small = tf.tidy(() => tf.add(tf.ones([100]), 1));
  expect(memory()[0]).toBe(before);
  expect(small.dataSync()[99]).toBe(2);
  small.dispose();
});

test('blocks of many sizes, taken and left in any order, keep their values', () => {
  const [before] = memory();
  const held = new Map<number, tf.Tensor>();
  // a walk whose order is always the same
  for (let i = 0, at = 7; i < 400; i++, at = (at * 75 + 74) % 65537) {
    const place = at % 40;
    const old = held.get(place);
    if (old) {
      expect([...tf.tidy(() => tf.slice(old, [old.size - 1], [1]).dataSync())]).toEqual([place]);
      old.dispose();
    }
    held.set(
      place,
      tf.tidy(() => tf.fill([1024 + (at % 50000)], place).mul(1)),
    );
  }
  for (const [place, tensor] of held) {
    const values = tensor.dataSync();
    expect([values[0], values.at(-1)]).toEqual([place, place]);
    tensor.dispose();
  }
  expect(memory()[0]).toBeLessThanOrEqual(before);
});
