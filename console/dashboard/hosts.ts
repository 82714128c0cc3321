/** All hosts that a dashboard could show, in order: what a host's colour goes by. Empty until they are known. */
import { createContext } from 'preact';

export const HostsContext = createContext<readonly string[]>([]);
