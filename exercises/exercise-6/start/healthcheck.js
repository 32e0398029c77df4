'use strict';

// Asks the server in the same container; exit code 0 means that it is well.
fetch('http://127.0.0.1:3000/health', { signal: AbortSignal.timeout(1500) })
  .then((response) => process.exit(response.ok ? 0 : 1))
  .catch(() => process.exit(1));
