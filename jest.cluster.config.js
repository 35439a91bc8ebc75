/** `npm run test:cluster`: what needs PostgreSQL, which `npm test` does not. */
const everywhere = require('./jest.config');

/** @type {import('jest').Config} */
module.exports = {
  ...everywhere,
  roots: ['<rootDir>/test/cluster'],
  testPathIgnorePatterns: ['/node_modules/'],
};
