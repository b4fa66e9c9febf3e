/// The only package that depends on internals of Tomcat.
///
/// [TomcatProtocol] gives access to connections, which Tomcat's API does not.
/// [SlowConnectionCloser], [ResponseDeadlines] and [UnreadBodyDrainValve] close connections that
/// would otherwise be held for ever, [UploadConnections] ends uploads at shutdown so that their
/// senders get a receipt, and [CarrierThreadMonitor] keeps the probes answering when virtual
/// threads are stuck.
@NullMarked
@NamedInterface
package dev.rollbook.web.tomcat;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.NamedInterface;
