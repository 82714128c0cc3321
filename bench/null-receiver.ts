/** A receiver of remote write that reads every byte and keeps none: what a sender costs without what stands behind it. */
import { createServer } from 'node:http';

const server = createServer((request, response) => {
  request.resume();
  request.on('end', () => {
    response.writeHead(request.url?.startsWith('/api/v1/write') ? 204 : request.url === '/' ? 200 : 404).end();
  });
});
server.keepAliveTimeout = 75_000;
server.listen(Number(process.argv[2] ?? 0), '127.0.0.1');
process.on('SIGTERM', () => process.exit(0));
