/// Credentials of replicas, which pass calls on to each other.
///
/// [PeerTokens] creates and verifies the token of one call. [PeerFilter] authenticates requests
/// that have one, with or without authentication of clients. [PeerCall] says who passed a call on,
/// and for which caller. Keys are derived from the secret of the cluster ([ClusterKeys]).
@NullMarked
@NamedInterface("peer")
package dev.rollbook.web.security.peer;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.NamedInterface;
