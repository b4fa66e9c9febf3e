package dev.rollbook.api.json;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.rollbook.api.threads.MergePatch;
import dev.rollbook.api.threads.ThreadRequests;
import dev.rollbook.api.turns.TurnRequests;
import dev.rollbook.model.RollbookException.InvalidRequest;
import dev.rollbook.model.RollbookException.ItemTooLarge;
import dev.rollbook.redaction.Redaction;
import dev.rollbook.thread.ThreadDescription;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BodyMapperTest {
  private static final String ITEM = "{\"type\":\"note\",\"payload\":{}}";

  @ParameterizedTest
  @ValueSource(
      classes = {
        ThreadRequests.StartThreadRequest.class,
        ThreadRequests.ForkThreadRequest.class,
        TurnRequests.StartTurnRequest.class,
        TurnRequests.EndTurnRequest.class,
        TurnRequests.AppendRequest.class,
        MergePatch.class
      })
  void everyRequestTypeRejectsUnknownMembersBeforeReadingThem(Class<? extends Record> type) {
    assertRefused(type, "{\"no~/such\":[[[", "/no~0~1such is not known");
    assertRefused(type, "[]", " must be an object");
    assertRefused(type, "", " body is empty, a JSON object is needed");
    assertRefused(type, "{\"", " is not valid JSON");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {'id':null,'metadata':{'a':1,'a':2},'name':'n','name':'n'} | /name is present twice
          {'id':null,'metadata':null,'metadata':{'a':[]}}            | /metadata is present twice
          {'id':'x'}                                                 | /id
          {'persistence':1}                                          | /persistence must be a string
          {'onResumeFailure':'no'}                       | /onResumeFailure must be fresh or fail
          {'metadata':[]}                                            | /metadata must be an object
          {'model':'\\u0000'}                                        | /model must not contain
          {'name':'\\u0000'}                                         | /name must not contain
          {'name':{'x':1}}                                           | /name must be a string
          {'cwd':1}                                                  | /cwd must be a string
          {} {}                                         | ' body has more than one JSON value'
          {'throughOrdinal':0}                                       | /throughOrdinal is not known
          """)
  void errorsInAThreadStartHaveAPointer(String body, String mistake) {
    assertRefused(ThreadRequests.StartThreadRequest.class, body, mistake);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {}                                                | ' items is missing'
          {'expectedOrdinal':1}                             | ' items is missing'
          {'items':null}                                    | /items must be an array of items
          {'items':[]}                                      | /items must not be empty
          {'items':[1]}                                     | /items/0 must be an object
          {'items':[ITEM,{'type':'a'}]}                     | /items/1/payload is missing
          {'items':[ITEM,{'payload':1}]}                    | /items/1/type is missing
          {'items':[{'payload':1,'payload':1}]}             | /items/0/payload is present twice
          {'items':[{'payload':{},'x':1}]}                  | /items/0/x is not known
          {'items':[{'type':' '}]}                          | /items/0/type must not be empty
          {'items':[{'timestamp':'now'}]}                   | /items/0/timestamp
          {'items':[{'payload':{'a':tru}}]}                 | /items/0/payload/a is not valid JSON
          {'items':[ITEM],'expectedOrdinal':-1}             | /expectedOrdinal must be an integer
          {'items':[ITEM],'expectedOrdinal':'1'}            | /expectedOrdinal must be an integer
          {'items':[ITEM],'expectedOrdinal':1e99999}        | /expectedOrdinal must be an integer
          {'items':[ITEM],'items':[ITEM]}                   | /items is present twice
          """)
  void errorsInAnAppendHaveAPointer(String body, String mistake) {
    assertRefused(TurnRequests.AppendRequest.class, body.replace("ITEM", ITEM), mistake);
  }

  @Test
  void payloadsKeepTheirBytes() {
    var payload = "{ \"a\" : 1.50e+10, \"a\":\"\\u00e9\" }";
    var append =
        read(
            TurnRequests.AppendRequest.class,
            "{\"items\":[{\"payload\":%s,\"type\":\"a\",\"metadata\":null}]}".formatted(payload));

    assertThat(append.items().getFirst().payload()).hasToString(payload);
    assertThat(append.items().getFirst().metadata()).isNull();
    assertThat(append.expectedOrdinal()).isNull();
  }

  @Test
  void aPatchDistinguishesMissingFromNull() {
    var before = new ThreadDescription("name", "{\"a\":1,\"b\":2}", true);

    assertThat(patched("{}", before)).isEqualTo(before);
    assertThat(patched("{'name':null,'metadata':{'a':null,'c':3}}", before))
        .isEqualTo(new ThreadDescription(null, "{\"b\":2,\"c\":3}", true));
    assertThat(patched("{'metadata':null,'pinned':false}", before))
        .isEqualTo(new ThreadDescription("name", null, false));
    assertRefused(MergePatch.class, "{'pinned':null}", "/pinned must be true or false");
  }

  @Test
  void theInputOfATurnIsTextOrItemsOrAbsent() {
    assertThat(read(TurnRequests.StartTurnRequest.class, "{}").turn().input()).isEmpty();
    assertThat(read(TurnRequests.StartTurnRequest.class, "{'input':null}").turn().input())
        .isEmpty();
    assertThat(read(TurnRequests.StartTurnRequest.class, "{'input':'hello'}").turn().input())
        .hasSizeGreaterThan(0);
    assertThat(read(TurnRequests.StartTurnRequest.class, "{'input':[" + ITEM + "]}").turn().input())
        .hasSize(1);
  }

  @Test
  void membersWithoutALimitMayBeAsLargeAsAnItem() {
    var text = "x".repeat(1001);
    for (var body :
        new String[] {"{'error':'%s'}", "{'usage':['%s']}", "{'lastAgentMessage':'%s'}"}) {
      assertThat(
              catchThrowableOfType(
                  ItemTooLarge.class,
                  () -> read(TurnRequests.EndTurnRequest.class, body.formatted(text))))
          .isNotNull();
    }
    assertThat(read(TurnRequests.EndTurnRequest.class, "{'error':null,'usage':0}").usage())
        .hasToString("0");
  }

  private static ThreadDescription patched(String patch, ThreadDescription before) {
    return read(MergePatch.class, patch).apply(before);
  }

  private static void assertRefused(Class<? extends Record> type, String body, String mistake) {
    var refused = catchThrowableOfType(InvalidRequest.class, () -> read(type, body));
    assertThat(refused).as(body).isNotNull();
    assertThat(refused).hasMessageStartingWith(mistake.strip());
  }

  private static <T extends Record> T read(Class<T> type, String body) {
    var bytes = body.replace('\'', '"').getBytes(UTF_8);
    try (var json = new JsonBody(bytes, 1000, Redaction.NONE, count -> {})) {
      return json.whole(found -> found.bind(type));
    }
  }
}
