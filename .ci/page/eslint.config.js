// The linter of the page's modules: what is wrong, not how it looks.
module.exports = [
  {
    files: ['**/*.js'],
    languageOptions: { ecmaVersion: 'latest', sourceType: 'module' },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      'array-callback-return': 'error',
      'consistent-return': 'off',
      eqeqeq: 'error',
      'no-const-assign': 'error',
      'no-control-regex': 'off',
      'no-dupe-keys': 'error',
      'no-eval': 'error',
      'no-implied-eval': 'error',
      'no-new-func': 'error',
      'no-self-assign': 'error',
      'no-shadow': 'error',
      'no-unreachable': 'error',
      'no-unsafe-finally': 'error',
      'no-unused-vars': 'error',
      'no-var': 'error',
      'prefer-const': 'error',
      'no-restricted-properties': [
        'error',
        { property: 'innerHTML', message: 'Text from outside goes in as text.' },
        { property: 'outerHTML', message: 'Text from outside goes in as text.' },
        { property: 'insertAdjacentHTML', message: 'Text from outside goes in as text.' },
      ],
    },
  },
];
