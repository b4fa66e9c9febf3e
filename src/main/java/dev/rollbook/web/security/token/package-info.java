/// Bearer tokens: their form, the file with their hashes, and the command that creates them.
///
/// [TokenStore] has the tokens that are accepted. It reads the tokens file ([TokensYaml]) at the
/// start and when the file changes. [TokenAuthenticator] authenticates a request by its token, and
/// returns the [Caller]. [TokenCommand] adds a token to the file without starting the service.
@NullMarked
@NamedInterface("token")
package dev.rollbook.web.security.token;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.NamedInterface;
