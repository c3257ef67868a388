const path = require('node:path');
const tseslint = require('typescript-eslint');
const importPlugin = require('eslint-plugin-import');

// the rooms of src/ and what each may import, from the ground up; CONTRIBUTING.md draws them
const ground = ['errors.ts'];
const rooms = {
  engine: ['files'],
  files: [],
  images: [],
  statistics: [],
  pages: ['images'],
  config: ['engine', 'files', 'images', 'losses', 'models'],
  cluster: ['config', 'files'],
  models: ['engine', 'images'],
  losses: ['engine', 'images', 'models'],
  optimizers: ['engine'],
  weights: ['engine', 'files', 'images', 'models'],
  faces: ['engine', 'images'],
  data: ['engine', 'files', 'images', 'statistics', 'pages', 'config', 'cluster', 'faces'],
  distributed: ['engine', 'files'],
  runs: ['engine', 'files', 'config', 'optimizers'],
  ageing: ['engine', 'files', 'images', 'models', 'weights', 'faces', 'data', 'runs'],
};
const lower = Object.keys(rooms);
Object.assign(rooms, {
  train: lower,
  pretrain: lower,
  export: lower,
  serve: [...lower, 'export'],
  eval: [...lower, 'train'],
  sweep: [...lower, 'train', 'eval'],
  parity: [...lower, 'train', 'eval'],
  bench: [...lower, 'train', 'pretrain', 'eval'],
  cli: [...lower, 'train', 'pretrain', 'export', 'serve', 'eval', 'sweep', 'parity', 'bench'],
});
const zones = Object.entries(rooms).map(([room, allowed]) => ({
  target: `./src/${room}`,
  from: './src',
  except: [room, ...allowed, ...ground].map((name) => `./${name}`),
  message: `src/${room} may import only ${[room, ...allowed, ...ground].join(', ')}`,
}));

/** Which packages only some files may import: [pattern, files that may]. */
const owned = [
  ['@tensorflow/*', ['src/engine/tf.ts', 'src/engine/install/**']],
  ['yargs', ['src/cli/**']],
  ['fastify', ['src/serve/**']],
  ['@vladmandic/*', ['src/faces/face-api.ts']],
];

/** Arithmetic that a browser uses, too: nothing in it needs Node, TensorFlow or a native library. */
const portable = [
  ...['pixel-range', 'pixels', 'resize'].map((name) => `src/images/${name}.ts`),
  ...[
    'blend',
    'face-box',
    'face-quality',
    'raw-detections',
    'sample',
    'search',
    'similarity',
    'template',
    'upright',
  ].map((name) => `src/faces/${name}.ts`),
];

const onlyOwned = (patterns) => ({
  'no-restricted-imports': [
    'error',
    {
      patterns: patterns.map(([pattern, files]) => ({
        group: [pattern],
        message: `only ${files.join(', ')} may import it`,
      })),
    },
  ],
});

module.exports = tseslint.config(
  {
    ignores: [
      'dist/**',
      '**/dist/**',
      'node_modules/**',
      'checkpoints/**',
      'datasets/**',
      'coverage/**',
      'test/fixtures/**',
    ],
  },
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.strictTypeChecked, ...tseslint.configs.stylisticTypeChecked],
    languageOptions: {
      parserOptions: {
        project: ['./tsconfig.test.json', './web/tsconfig.json'],
        tsconfigRootDir: __dirname,
      },
    },
    plugins: { import: importPlugin },
    settings: {
      'import/parsers': { '@typescript-eslint/parser': ['.ts'] },
      'import/resolver': { node: { extensions: ['.ts', '.js'] } },
    },
    rules: {
      'import/no-restricted-paths': ['error', { basePath: __dirname, zones }],
      'import/no-default-export': 'error',
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      'no-restricted-syntax': [
        'error',
        {
          selector:
            "VariableDeclarator[id.type='ArrayPattern']:matches([init.type='ArrayExpression'], [init.expression.type='ArrayExpression'])",
          message: 'a declaration each: const a = …; const b = …;',
        },
      ],
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
  // types under the name of a lazily loaded value, and what is required only when it is used
  {
    files: ['src/engine/tf.ts', 'src/faces/face-api.ts'],
    rules: {
      '@typescript-eslint/no-namespace': 'off',
      '@typescript-eslint/no-require-imports': 'off',
    },
  },
  // a later entry replaces the rule of an earlier one: everything is forbidden everywhere, and each owner allowed its own
  { files: ['src/**/*.ts'], rules: onlyOwned(owned) },
  ...owned.map(([pattern, files]) => ({
    files,
    rules: onlyOwned(owned.filter(([other]) => other !== pattern)),
  })),
  {
    files: portable,
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex: `^(?!\\.{1,2}/(images/)?(${portable.map((file) => path.basename(file, '.ts')).join('|')})$)`,
              message: 'a browser uses this file: it may import only its like',
            },
          ],
        },
      ],
    },
  },
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
