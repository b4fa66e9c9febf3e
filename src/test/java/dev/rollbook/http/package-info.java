/// What HTTP tests share: the running service, its client, and base classes.
///
/// [HttpTest] starts the service once per JVM; its annotations are the key of the shared Spring
/// context. [RollbookClient] and [EventClient] validate every exchange against the OpenAPI
/// description. The tests themselves are in the packages of the code that they test.
package dev.rollbook.http;
