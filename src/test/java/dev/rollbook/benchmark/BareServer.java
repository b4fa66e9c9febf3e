package dev.rollbook.benchmark;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.catalina.LifecycleException;
import org.apache.catalina.startup.Tomcat;
import org.apache.coyote.AbstractProtocol;
import org.apache.tomcat.util.threads.VirtualThreadExecutor;

/// Tomcat with one servlet, which reads the request and responds with as many bytes as `size` says:
/// what the HTTP stack alone can do. Runs in a JVM of its own, as the service does.
@SuppressWarnings("serial")
final class BareServer extends HttpServlet {
  private final byte[] bytes = new byte[8 * 1024 * 1024];

  /// @param args the port
  static void main(String[] args) throws IOException, LifecycleException {
    var tomcat = new Tomcat();
    tomcat.setBaseDir(Files.createTempDirectory(Path.of("target"), "bare-").toString());
    tomcat.setPort(Integer.parseInt(args[0]));
    var connector = tomcat.getConnector();
    connector.setProperty("address", "127.0.0.1");
    connector.setProperty("maxKeepAliveRequests", "-1");
    ((AbstractProtocol<?>) connector.getProtocolHandler())
        .setExecutor(new VirtualThreadExecutor("bare-"));
    var context = tomcat.addContext("", null);
    Tomcat.addServlet(context, "bare", new BareServer()).addMapping("/*");
    tomcat.start();
  }

  @Override
  protected void service(HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    request.getInputStream().readAllBytes();
    int size = Integer.parseInt(request.getParameter("size"));
    response.setContentType("application/json");
    response.setContentLength(size);
    response.getOutputStream().write(bytes, 0, size);
  }
}
