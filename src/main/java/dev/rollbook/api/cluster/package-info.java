/// Passing calls on to the replica that has a thread in memory.
///
/// [PassOnInterceptor] asks for the owner of the thread in each path. [CallRouter] passes the call
/// on, looks again if the owner has changed, and lets the call be handled here if the owner is
/// gone. [PeerClient] sends it over the same HTTP API that clients use, so that replicas of two
/// versions understand each other; [PassedHeaders] says which headers go with it. [PeerWatch] ends
/// calls to replicas that do not answer any more. A replica that stops passes calls on as if its
/// heirs were the owners of its threads, and says in its answers that it stops. Nothing of this
/// exists without `rollbook.cluster.secret`.
@NullMarked
package dev.rollbook.api.cluster;

import org.jspecify.annotations.NullMarked;
