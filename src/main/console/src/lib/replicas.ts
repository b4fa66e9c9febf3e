/** The component `cluster` of the health, which only a service with replicas has. */

import { object, text } from '../transcript/entry';

export interface Component {
  status: string;
  details?: Record<string, unknown>;
}

export interface Replica {
  name: string;
  address: string;
  version: string;
  state: string;
  silentFor: string;
}

export interface Replicas {
  isUp: boolean;
  /** This one first. */
  all: readonly Replica[];
  ownedThreads: number;
  /** What is wrong, and what to do; empty if nothing is. */
  trouble: string;
  remedy: string;
  takeover: { at: string; from: string } | undefined;
}

export function replicasOf(component: Component | undefined): Replicas | undefined {
  if (component === undefined) {
    return undefined;
  }
  const details = object(component.details);
  const others = Array.isArray(details['replicas']) ? details['replicas'] : [];
  const takeover = object(details['lastTakeover']);
  return {
    isUp: component.status === 'UP',
    all: [replica({ ...details, state: 'this one' }), ...others.map((other) => replica(object(other)))],
    ownedThreads: Number(details['ownedThreads'] ?? 0),
    trouble: text(details['impact']) || text(details['error']),
    remedy: text(details['remedy']),
    takeover: 'at' in takeover ? { at: text(takeover['at']), from: text(takeover['from']) } : undefined,
  };
}

function replica(details: Record<string, unknown>): Replica {
  return {
    name: text(details['name']),
    address: text(details['address']),
    version: text(details['version']),
    state: text(details['state']),
    silentFor: text(details['silentFor']),
  };
}
