const tseslint = require('typescript-eslint');
const importPlugin = require('eslint-plugin-import');

// engine <- config <- cluster | models | losses | data <- eval <- train <- parity | cli; import/ and export/ stand beside eval
const layers = {
  engine: [],
  config: ['engine'],
  cluster: ['engine', 'config'],
  models: ['engine', 'config'],
  losses: ['engine', 'config'],
  data: ['engine', 'config', 'cluster'],
  eval: ['engine', 'config', 'models', 'losses', 'data'],
  import: ['engine', 'config', 'models', 'data'],
  export: ['engine', 'config', 'models', 'data'],
  train: ['engine', 'config', 'cluster', 'models', 'losses', 'data', 'eval', 'import'],
  parity: ['engine', 'config', 'models', 'losses', 'data', 'eval', 'import', 'train'],
  bench: ['engine', 'config', 'models', 'losses', 'data', 'eval', 'import', 'train'],
  cli: ['engine', 'config', 'cluster', 'models', 'losses', 'data', 'eval', 'import', 'export', 'train', 'parity', 'bench'],
};
const zones = Object.entries(layers).map(([layer, allowed]) => ({
  target: `./src/${layer}`,
  from: './src',
  except: [layer, ...allowed, 'errors.ts'].map((name) => `./${name}`),
  message: `src/${layer} may import only ${[layer, ...allowed].join(', ')} and src/errors.ts`,
}));

/** Which packages only some files may import: [pattern, files that may]. */
const owned = [
  ['@tensorflow/*', ['src/engine/tf.ts', 'src/engine/install/**']],
  ['yargs', ['src/cli/**']],
  ['@vladmandic/*', ['src/data/prepare/detect.ts', 'src/data/prepare/describe-face.ts', 'src/eval/judges/face-api.ts']],
];

const onlyOwned = (patterns) => ({
  'no-restricted-imports': [
    'error',
    { patterns: patterns.map(([pattern, files]) => ({ group: [pattern], message: `only ${files.join(', ')} may import it` })) },
  ],
});

module.exports = tseslint.config(
  { ignores: ['dist/**', '**/dist/**', 'node_modules/**', 'checkpoints/**', 'datasets/**', 'coverage/**', 'test/fixtures/**'] },
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.strictTypeChecked, ...tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { project: ['./tsconfig.test.json'], tsconfigRootDir: __dirname } },
    plugins: { import: importPlugin },
    settings: {
      'import/parsers': { '@typescript-eslint/parser': ['.ts'] },
      'import/resolver': { node: { extensions: ['.ts', '.js'] } },
    },
    rules: {
      'import/no-restricted-paths': ['error', { basePath: __dirname, zones }],
      'import/no-cycle': 'error',
      'import/no-default-export': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      // it would want `!`, which another rule forbids
      '@typescript-eslint/non-nullable-type-assertion-style': 'off',
      // typed arrays and ArrayLike are walked by index where it is hot
      '@typescript-eslint/prefer-for-of': 'off',
      // kernels get a TensorInfo that is a Tensor
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
    },
  },
  // a later entry replaces the rule of an earlier one: everything is forbidden everywhere, and each owner allowed its own
  { files: ['src/**/*.ts'], rules: onlyOwned(owned) },
  ...owned.map(([pattern, files]) => ({ files, rules: onlyOwned(owned.filter(([other]) => other !== pattern)) })),
  {
    files: ['test/**/*.ts', 'packages/*/test/**/*.ts'],
    rules: {
      'import/no-restricted-paths': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      // jest's asymmetric matchers are any, and tests narrow tensors by assertion
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unnecessary-type-assertion': 'off',
      '@typescript-eslint/unbound-method': 'off',
    },
  },
);
