export { connectionAttempt } from './connection-attempt';
