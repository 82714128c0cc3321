/**
 * Receives remote write and discards the data, to measure the cost of a sender alone. Answers queries like an empty
 * Prometheus.
 */
import { createServer } from 'node:http';

const json = { 'Content-Type': 'application/json' };
const nothing = JSON.stringify({ status: 'success', data: { resultType: 'vector', result: [] } });

const server = createServer((request, response) => {
  request.resume();
  request.on('end', () => {
    const { url = '/' } = request;
    if (url.startsWith('/api/v1/write')) response.writeHead(204).end();
    else if (url.startsWith('/api/v1/query')) response.writeHead(200, json).end(nothing);
    else response.writeHead(url === '/' ? 200 : 404).end();
  });
});
server.keepAliveTimeout = 75_000;
server.listen(Number(process.argv[2] ?? 0), '127.0.0.1');
process.on('SIGTERM', () => process.exit(0));
