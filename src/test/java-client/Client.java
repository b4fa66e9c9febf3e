import java.util.List;
import java.util.Map;
import org.openapitools.client.ApiClient;
import org.openapitools.client.api.ThreadsApi;
import org.openapitools.client.api.TurnsApi;
import org.openapitools.client.model.Append;
import org.openapitools.client.model.EndTurn;
import org.openapitools.client.model.Item;
import org.openapitools.client.model.StartThread;
import org.openapitools.client.model.StartTurn;
import org.openapitools.client.model.StartTurnInput;

/// Uses the client that is generated from the description of the API, as a Java program would.
class Client {
  public static void main(String[] arguments) throws Exception {
    var client = new ApiClient();
    client.updateBaseUri(arguments[0]);
    var thread = new ThreadsApi(client).startThread(new StartThread().name("from Java"));
    var turns = new TurnsApi(client);
    var turn = turns.startTurn(thread.getId(), new StartTurn().input(new StartTurnInput("Say hello")));
    var item = new Item().type("event_msg").payload(Map.of("type", "agent_message", "message", "Hello!"));
    var items = new Append().items(List.of(item));
    var receipt = turns.appendToTurn(thread.getId(), turn.getId(), items, null, null);
    var ended = turns.completeTurn(thread.getId(), turn.getId(), new EndTurn());
    System.out.printf("%s %d %s%n", thread.getName(), receipt.getAccepted(), ended.getStatus());
  }
}
