/**
 * @file A computation as one TensorFlow function: its first call runs op by op, the next two are recorded and compared, and from the fourth
 * on all of it is one call. What cannot be run that way goes on op by op, with a reason. In bfloat16, which only a function has, the first
 * call is one already.
 */

import { UserError } from '../../errors';
import { keptValues, ownValues } from '../kernels/in-place-updates';
import { hasNativeOps, isGpu, runNative } from '../kernels/native';
import { tf } from '../tf';
import { inBfloat16 } from './bfloat16';
import { functionBackend } from './binding';
import type { FunctionBackend } from './binding';
import { withDeviceIndices } from './device-indices';
import { NoFunctionError, toFunctionDef } from './function-def';
import { isProfiled, nativeFunctions, newFunctionName, opDefinitions } from './native-functions';
import type { NativeFunctions } from './native-functions';
import { encodeFunctionDef } from './protos';
import { difference, record } from './recording';
import type { Recording, Source, TensorType } from './recording';

/** Named tensors; null where one is not there. */
export type Tensors = Readonly<Record<string, tf.Tensor | null>>;

/** What a call is given. */
export interface CallInput {
  /** Whatever decides which ops are run, besides the shapes of the tensors: calls of one key run the same ones. */
  readonly key: string;
  /** They stay the caller's. */
  readonly tensors: Tensors;
  /** All other numbers that may change from call to call. */
  readonly numbers: Readonly<Record<string, number>>;
}

/**
 * What is computed. It may read and assign any variable; everything else that it depends on is its arguments or always the same. It has no
 * effect but on variables and what it returns: as a function, JavaScript does not run.
 */
export type Compute<Outputs extends Tensors> = (
  tensors: Tensors,
  numbers: Readonly<Record<string, tf.Scalar>>,
) => Outputs;

/** How a call of some key and shapes is run. */
export type CompileState =
  | { readonly kind: 'op by op'; readonly reason: string }
  | { readonly kind: 'recording'; readonly calls: number }
  | { readonly kind: 'function'; readonly name: string };

/** A computation that becomes functions, one for each key and shapes. */
export interface Compiled<Outputs extends Tensors> {
  /** Runs it; the outputs are kept, and the caller's. */
  call(input: CallInput): Outputs;
  /** How calls are run, by their keys and shapes. */
  states(): ReadonlyMap<string, CompileState>;
  /** The ops of a function and where they come from: for a profile. */
  recordings(): ReadonlyMap<string, Recording>;
  /** Removes the functions. */
  dispose(): void;
}

/** Calls of one key and shapes that run op by op before they are a function: one plainly, two that are recorded. */
export const CALLS_BEFORE_FUNCTION = 3;

/** Functions of one computation at most: what has more shapes than that goes op by op. */
const MOST_FUNCTIONS = 8;

/**
 * Ops run one after the other, each on all cores: as fast as side by side (docs/performance.md), in less memory, since whatever frees it comes
 * before what takes it.
 */
const EXECUTOR = { executor_type: { string: 'SINGLE_THREADED_EXECUTOR' } } as const;
/** The usual one, which runs ops side by side, goes on while an op waits for another process. It is the one that the profiler sees into. */
const USUAL_EXECUTOR = {};

/** Inputs that an op changes in place, from its last: what they hold is to be nobody else's. */
const CHANGED_IN_PLACE: Readonly<Record<string, readonly number[]>> = { IpcganAdam: [-3, -2] };

/** Indices of the arguments that a function changes in place. */
const changedArguments = ({ ops }: Recording): Set<number> =>
  new Set(
    ops.flatMap(({ op, inputs }) =>
      (CHANGED_IN_PLACE[op] ?? []).flatMap((at) => {
        const source = inputs.at(at);
        return source?.kind === 'argument' ? [source.index] : [];
      }),
    ),
  );

/** Where an argument of the function is found at a call. */
type Place =
  | { readonly kind: 'tensor' | 'number'; readonly name: string }
  | { readonly kind: 'variable'; readonly variable: tf.Variable };

/** A call that has been recorded. */
interface Recorded {
  readonly recording: Recording;
  readonly places: readonly Place[];
  /** Where the variables' next values come from. */
  readonly assigned: readonly (readonly [tf.Variable, Source])[];
  /** Where the outputs come from, by name; null for one that is not there. */
  readonly outputs: readonly (readonly [string, Source | null])[];
  readonly problem: string | null;
}

/** A function that is registered. */
interface Plan {
  readonly name: string;
  readonly recording: Recording;
  readonly places: readonly Place[];
  /** Of them, those that it changes in place. */
  readonly changed: ReadonlySet<number>;
  /** By result of the function: the variable that takes it, or the name of an output. */
  readonly targets: readonly (readonly (tf.Variable | string)[])[];
  /** Names of all outputs, in their order. */
  readonly outputs: readonly string[];
  /** Results of the function. */
  readonly count: number;
}

const liveVariables = (): tf.Variable[] =>
  Object.values(tf.engine().registeredVariables).filter((variable) => !variable.isDisposed);

const noAccess = (): string | null =>
  nativeFunctions() === null ? 'the engine gives no access to functions' : null;

/** What keeps everything from being a function here, or null. */
export function engineObstacle(): string | null {
  const none = noAccess();
  if (none !== null) return none;
  // oneDNN merges TensorFlow's own gradient of biases with what is before it: another order of summation
  if (!isGpu() && !hasNativeOps())
    return 'without our own ops, the last bits of a function are not those of its ops';
  return null;
}

const idOf = (backend: FunctionBackend, tensor: tf.Tensor): number =>
  backend.tensorMap.get(tensor.dataId).id;

/** Runs op by op, and keeps the outputs. */
function runPlainly<Outputs extends Tensors>(
  compute: Compute<Outputs>,
  tensors: Tensors,
  numbers: Readonly<Record<string, tf.Scalar>>,
): Outputs {
  const made: Outputs[] = [];
  tf.tidy(() => {
    const outputs = compute(tensors, numbers);
    for (const tensor of Object.values(outputs)) if (tensor) tf.keep(tensor);
    made.push(outputs);
  });
  return made[0] as Outputs;
}

/** Runs one call, and notes everything that a function of it needs. */
function recordCall<Outputs extends Tensors>(
  compute: Compute<Outputs>,
  tensors: Tensors,
  numbers: Readonly<Record<string, tf.Scalar>>,
): { readonly outputs: Outputs; readonly recorded: Recorded } {
  const backend = functionBackend();
  const places = new Map<number, Place & TensorType>();
  const note = (tensor: tf.Tensor, place: Place): void => {
    // writes it to the device: what is written while recording is a constant
    const [id = -1] = backend.getInputTensorIds([tensor]);
    const dtype = backend.getDTypeInteger(tensor.dtype);
    places.set(id, { ...place, dtype, shape: tensor.shape });
  };
  const before = liveVariables();
  for (const variable of before) note(variable, { kind: 'variable', variable });
  for (const [name, tensor] of Object.entries(tensors))
    if (tensor) note(tensor, { kind: 'tensor', name });
  for (const [name, scalar] of Object.entries(numbers)) note(scalar, { kind: 'number', name });
  const idsBefore = new Map(before.map((variable) => [variable, idOf(backend, variable)]));
  const { result, recording } = record(
    backend,
    (id) => places.get(id),
    () => runPlainly(compute, tensors, numbers),
  );
  let problem = recording.problem;
  const sourceOf = (id: number): Source | null => {
    const source = recording.sourceOf(id);
    if (!source) problem ??= 'it returns what it was given, or assigns it to a variable';
    return source ?? null;
  };
  const assigned: (readonly [tf.Variable, Source])[] = [];
  for (const variable of liveVariables()) {
    const id = idOf(backend, variable);
    if (!idsBefore.has(variable)) problem ??= 'it makes a variable';
    if (idsBefore.get(variable) === id) continue;
    const source = sourceOf(id);
    if (source) assigned.push([variable, source]);
  }
  const outputs = Object.entries(result).map(([name, tensor]) => {
    if (!tensor) return [name, null] as const;
    const [id = -1] = backend.getInputTensorIds([tensor]);
    return [name, sourceOf(id)] as const;
  });
  return {
    outputs: result,
    recorded: {
      recording,
      problem,
      assigned,
      outputs,
      places: recording.arguments.flatMap((id) => places.get(id) ?? []),
    },
  };
}

const describePlace = (place: Place): string =>
  place.kind === 'variable' ? `variable ${place.variable.id}` : `${place.kind} ${place.name}`;
const describeTargets = ({ assigned, outputs }: Recorded): string =>
  JSON.stringify([assigned.map(([variable, source]) => [variable.id, source]), outputs]);

/** What keeps two calls from being one function, or null. */
function disagreement(a: Recorded, b: Recorded): string | null {
  return (
    a.problem ??
    b.problem ??
    difference(a.recording, b.recording) ??
    (a.places.map(describePlace).join() === b.places.map(describePlace).join() &&
    describeTargets(a) === describeTargets(b)
      ? null
      : 'two calls used or changed different tensors')
  );
}

/**
 * Makes a call that leaves no trace: what it returns is disposed, and variables have the values from before again.
 */
function withoutTrace(call: () => Tensors): void {
  const before = liveVariables().map(
    (variable) => [variable, tf.keep(keptValues(variable))] as const,
  );
  try {
    tf.dispose(Object.values(call()).filter((one) => one !== null));
  } finally {
    for (const [variable, value] of before) {
      if (variable.dataId !== value.dataId) variable.assign(value);
      value.dispose();
    }
  }
}

/** Registers the function of a recorded call. @throws NoFunctionError */
function register(
  label: string,
  { recording, places, assigned, outputs }: Recorded,
  functions: NativeFunctions,
  precision: FunctionPrecision,
): Plan {
  // a result that several take is returned once
  const results: Source[] = [];
  const targets: (tf.Variable | string)[][] = [];
  const deliver = (source: Source, target: tf.Variable | string): void => {
    const at = results.findIndex((one) => JSON.stringify(one) === JSON.stringify(source));
    if (at >= 0) targets[at]?.push(target);
    else {
      results.push(source);
      targets.push([target]);
    }
  };
  for (const [variable, source] of assigned) deliver(source, variable);
  for (const [name, source] of outputs) if (source) deliver(source, name);
  const name = newFunctionName(label);
  const placed = withDeviceIndices(recording);
  const written =
    precision === 'bfloat16' ? inBfloat16(placed, results) : { recording: placed, results };
  const definition = toFunctionDef(
    name,
    written.recording,
    written.results,
    opDefinitions(functions),
  );
  const error = functions.add(encodeFunctionDef(definition));
  if (error !== '') throw new NoFunctionError(error);
  return {
    ...{ name, recording: written.recording, places, targets },
    ...{ outputs: outputs.map(([output]) => output), count: results.length },
    changed: changedArguments(written.recording),
  };
}

/** Runs a function, and hands its results over. */
function callFunction(
  { name, places, changed, targets, outputs, count }: Plan,
  tensors: Tensors,
  numbers: Readonly<Record<string, tf.Scalar>>,
  isSideBySide: boolean,
): Tensors {
  const executor = isSideBySide || isProfiled() ? USUAL_EXECUTOR : EXECUTOR;
  places.forEach((place, i) => {
    if (place.kind === 'variable' && changed.has(i)) ownValues(place.variable);
  });
  const inputs = places.map((place) =>
    place.kind === 'variable'
      ? place.variable
      : ((place.kind === 'number' ? numbers : tensors)[place.name] as tf.Tensor),
  );
  const results = new Map<string, tf.Tensor | null>(outputs.map((output) => [output, null]));
  tf.tidy(() => {
    runNative(name, inputs, executor, count).forEach((tensor, i) => {
      for (const target of targets[i] ?? [])
        if (typeof target === 'string') results.set(target, tf.keep(tf.clone(tensor)));
        else target.assign(tensor);
    });
  });
  return Object.fromEntries(results);
}

/** The state of one key and shapes. */
interface Entry {
  calls: number;
  first: Recorded | null;
  plan: Plan | null;
  reason: string | null;
}

const shapesOf = (tensors: Tensors): string =>
  Object.entries(tensors)
    .map(([name, tensor]) => `${name} ${tensor ? `${tensor.dtype}[${tensor.shape.join()}]` : '-'}`)
    .join(' ');

/** What the products of a function are computed in: in what they are recorded, or in bfloat16. */
export type FunctionPrecision = 'float32' | 'bfloat16';

/** How a computation is compiled. */
export interface CompileSettings {
  /** Part of the functions' names: letters, digits and underscores. */
  readonly label: string;
  /** Why all of it is to run op by op, or null. */
  readonly off: string | null;
  /** Whether its ops may run side by side, in any order that their inputs allow, which takes more memory: some of them wait for other processes. */
  readonly isSideBySide?: boolean;
  /**
   * `float32` when absent. In `bfloat16` every call is the function's, the first one too, so that no number depends on how many calls there
   * have been: what the first ones do else comes before it and leaves no trace. What cannot be a function is an error then.
   */
  readonly precision?: FunctionPrecision;
  /** Told once for each key and shapes that go op by op for another reason. */
  readonly onObstacle?: (reason: string) => void;
}

/** Makes a computation that becomes functions. */
export function compile<Outputs extends Tensors>(
  { label, off, isSideBySide = false, precision = 'float32', onObstacle }: CompileSettings,
  compute: Compute<Outputs>,
): Compiled<Outputs> {
  const isBfloat16 = precision === 'bfloat16';
  const entries = new Map<string, Entry>();
  const plans = (): Plan[] => [...entries.values()].flatMap(({ plan }) => plan ?? []);

  function withScalars<T>(
    numbers: CallInput['numbers'],
    run: (scalars: Readonly<Record<string, tf.Scalar>>) => T,
  ): T {
    const scalars = Object.fromEntries(
      Object.entries(numbers).map(([name, value]) => [name, tf.keep(tf.scalar(value))]),
    );
    try {
      return run(scalars);
    } finally {
      tf.dispose(scalars);
    }
  }

  /** What keeps this call from being a function, or null. */
  function obstacle(entry: Entry): string | null {
    // its bits are not those of op by op in any case
    const always = off ?? (isBfloat16 ? noAccess() : engineObstacle());
    if (always !== null) return always;
    if (entry.reason !== null) return entry.reason;
    if (entry.plan === null && plans().length >= MOST_FUNCTIONS)
      return `there are ${MOST_FUNCTIONS} functions of other shapes`;
    return null;
  }

  function recordNext(entry: Entry, { tensors, numbers }: CallInput): Outputs {
    const { outputs, recorded } = withScalars(numbers, (scalars) =>
      recordCall(compute, tensors, scalars),
    );
    if (entry.first === null) entry.first = recorded;
    else {
      entry.reason = disagreement(entry.first, recorded);
      entry.first = null;
      try {
        if (entry.reason === null)
          entry.plan = register(label, recorded, nativeFunctions() as NativeFunctions, precision);
      } catch (error) {
        if (!(error instanceof NoFunctionError)) throw error;
        entry.reason = error.message;
      }
    }
    return outputs;
  }

  const callPlan = (plan: Plan, { tensors, numbers }: CallInput): Outputs =>
    withScalars(
      numbers,
      (scalars) => callFunction(plan, tensors, scalars, isSideBySide) as Outputs,
    );

  const callPlainly = ({ tensors, numbers }: CallInput): Outputs =>
    withScalars(numbers, (scalars) => runPlainly(compute, tensors, scalars));

  /** @throws UserError where it cannot be a function */
  function callInBfloat16(entry: Entry, input: CallInput, isTaped: boolean): Outputs {
    const whyNot = (): string | null =>
      isTaped ? 'a gradient is taken around it' : obstacle(entry);
    if (whyNot() === null && entry.plan === null) {
      withoutTrace(() => callPlainly(input));
      for (let i = 0; i < 2; i++) withoutTrace(() => recordNext(entry, input));
    }
    const reason = whyNot();
    if (entry.plan === null || reason !== null)
      throw new UserError(
        `bfloat16: expected what is computed to become one function, got one that cannot: ${reason}. Use --precision=tf32 or float32.`,
      );
    return callPlan(entry.plan, input);
  }

  return {
    call: (input) => {
      const { key, tensors } = input;
      const name = `${key} ${shapesOf(tensors)}`;
      const entry = entries.get(name) ?? { calls: 0, first: null, plan: null, reason: null };
      entries.set(name, entry);
      const isFirst = entry.calls++ === 0;
      // inside a gradient, TensorFlow.js must see every op
      const isTaped = tf.engine().state.gradientDepth > 0;
      if (isBfloat16) return callInBfloat16(entry, input, isTaped);
      if (isFirst || isTaped || obstacle(entry) !== null) return callPlainly(input);
      const { plan } = entry;
      if (plan) return callPlan(plan, input);
      const outputs = recordNext(entry, input);
      if (entry.reason !== null) onObstacle?.(entry.reason);
      return outputs;
    },
    states: () =>
      new Map(
        [...entries].map(([name, entry]): [string, CompileState] => {
          const reason = obstacle(entry);
          if (entry.plan) return [name, { kind: 'function', name: entry.plan.name }];
          if (reason !== null) return [name, { kind: 'op by op', reason }];
          return [name, { kind: 'recording', calls: entry.calls }];
        }),
      ),
    recordings: () => new Map(plans().map(({ name, recording }) => [name, recording])),
    dispose: () => {
      for (const { name } of plans()) nativeFunctions()?.remove(name);
      entries.clear();
    },
  };
}
