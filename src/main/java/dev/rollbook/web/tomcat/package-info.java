/// The only package that depends on internals of Tomcat.
///
/// [TomcatProtocol] gives access to connections, which Tomcat's API does not.
/// [SlowConnectionCloser] and [ResponseDeadlines] close connections that would otherwise stay open
/// for ever. [UnreadBodyDrainValve] reads the rest of request bodies. [UploadConnections] ends
/// uploads at a shutdown, so that their clients get a receipt. [CarrierThreadMonitor] keeps the
/// probes answering while virtual threads make no progress. [StreamTicketValve] keeps tickets for
/// event streams out of all logs.
@NullMarked
@NamedInterface
package dev.rollbook.web.tomcat;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.NamedInterface;
