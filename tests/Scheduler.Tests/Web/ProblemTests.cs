using System.Net;
using System.Text;

namespace Scheduler.Tests.Web;

/// <summary>Every way to ask wrongly, and the whole answer.</summary>
public sealed class ProblemTests : IAsyncLifetime
{
    WebServer server = null!;

    public async Task InitializeAsync()
    {
        server = await WebServer.StartAsync();
        await server.Scheduler.CreateTaskAsync(new() { Name = "known", Handler = new() { Code = new() { Handler = "echo" } } });
    }

    public async Task DisposeAsync() => await server.DisposeAsync();

    [Theory]
    [InlineData("GET", "/api/v1/taks", 404, """{"type":"urn:scheduler:problem:notFound","title":"Not Found","status":404,"detail":"expected a path that /openapi/v1.json lists, got /api/v1/taks"}""")]
    [InlineData("GET", "/api/v2/tasks", 404, """{"type":"urn:scheduler:problem:notFound","title":"Not Found","status":404,"detail":"expected a path that /openapi/v1.json lists, got /api/v2/tasks"}""")]
    [InlineData("GET", "/api/v1/tasks/unknown", 404, """{"type":"urn:scheduler:problem:notFound","title":"Not Found","status":404,"detail":"there is no task \"unknown\""}""")]
    [InlineData("GET", "/api/v1/executions/unknown", 404, """{"type":"urn:scheduler:problem:notFound","title":"Not Found","status":404,"detail":"there is no execution \"unknown\""}""")]
    [InlineData("PATCH", "/api/v1/tasks/known", 405, """{"title":"Method Not Allowed","status":405,"detail":"expected DELETE or GET or PUT, got PATCH"}""")]
    [InlineData("GET", "/api/v1/tasks/known/pause", 405, """{"title":"Method Not Allowed","status":405,"detail":"expected POST, got GET"}""")]
    [InlineData("GET", "/api/v1/tasks/known/progress", 409, """{"type":"urn:scheduler:problem:conflict","title":"Conflict","status":409,"detail":"task \"known\" does not poll"}""")]
    [InlineData("GET", "/api/v1/tasks?limit=5000", 400, """{"type":"urn:scheduler:problem:invalid","title":"Bad Request","status":400,"detail":"limit: expected 1 to 1000, got 5000","errors":{"limit":["expected 1 to 1000, got 5000"]}}""")]
    [InlineData("GET", "/api/v1/tasks?limit=0", 400, """{"type":"urn:scheduler:problem:invalid","title":"Bad Request","status":400,"detail":"limit: expected 1 to 1000, got 0","errors":{"limit":["expected 1 to 1000, got 0"]}}""")]
    [InlineData("GET", "/api/v1/tasks?limit=-1", 400, """{"type":"urn:scheduler:problem:invalid","title":"Bad Request","status":400,"detail":"limit: expected 1 to 1000, got -1","errors":{"limit":["expected 1 to 1000, got -1"]}}""")]
    [InlineData("GET", "/api/v1/tasks?limit=many", 400, """{"type":"urn:scheduler:problem:invalid","title":"Bad Request","status":400,"detail":"limit: expected 1 to 1000, got \"many\"","errors":{"limit":["expected 1 to 1000, got \"many\""]}}""")]
    [InlineData("GET", "/api/v1/tasks?limit=", 400, """{"type":"urn:scheduler:problem:invalid","title":"Bad Request","status":400,"detail":"limit: expected 1 to 1000, got \"\"","errors":{"limit":["expected 1 to 1000, got \"\""]}}""")]
    [InlineData("GET", "/api/v1/tasks?limit=5&limit=6", 400, """{"type":"urn:scheduler:problem:invalid","title":"Bad Request","status":400,"detail":"limit: expected one value, got 2","errors":{"limit":["expected one value, got 2"]}}""")]
    [InlineData("GET", "/api/v1/tasks?limt=5", 400, """{"type":"urn:scheduler:problem:invalid","title":"Bad Request","status":400,"detail":"limt: unknown query parameter. Did you mean \"limit\"?","errors":{"limt":["unknown query parameter. Did you mean \"limit\"?"]}}""")]
    [InlineData("GET", "/api/v1/tasks?owner=me", 400, """{"type":"urn:scheduler:problem:invalid","title":"Bad Request","status":400,"detail":"owner: unknown query parameter; expected one of \"status\", \"q\", \"cursor\", \"limit\"","errors":{"owner":["unknown query parameter; expected one of \"status\", \"q\", \"cursor\", \"limit\""]}}""")]
    [InlineData("GET", "/api/v1/tasks/known?x=1", 400, """{"type":"urn:scheduler:problem:invalid","title":"Bad Request","status":400,"detail":"x: unknown query parameter; none is expected here","errors":{"x":["unknown query parameter; none is expected here"]}}""")]
    [InlineData("GET", "/api/v1/tasks?status=pased", 400, """{"type":"urn:scheduler:problem:invalid","title":"Bad Request","status":400,"detail":"status: expected one of \"enabled\", \"paused\", \"deleted\", got \"pased\". Did you mean \"paused\"?","errors":{"status":["expected one of \"enabled\", \"paused\", \"deleted\", got \"pased\". Did you mean \"paused\"?"]}}""")]
    [InlineData("GET", "/api/v1/tasks?status=none", 400, """{"type":"urn:scheduler:problem:invalid","title":"Bad Request","status":400,"detail":"status: expected one of \"enabled\", \"paused\", \"deleted\", got \"none\"","errors":{"status":["expected one of \"enabled\", \"paused\", \"deleted\", got \"none\""]}}""")]
    [InlineData("GET", "/api/v1/tasks?cursor=nonsense", 400, """{"type":"urn:scheduler:problem:invalid","title":"Bad Request","status":400,"detail":"cursor: expected the \"next\" of a page of this list, got \"nonsense\"","errors":{"cursor":["expected the \"next\" of a page of this list, got \"nonsense\""]}}""")]
    [InlineData("GET", "/api/v1/executions?from=yesterday", 400, """{"type":"urn:scheduler:problem:invalid","title":"Bad Request","status":400,"detail":"from: expected a time with offset such as \"2026-01-31T08:00:00+08:00\", got \"yesterday\"","errors":{"from":["expected a time with offset such as \"2026-01-31T08:00:00+08:00\", got \"yesterday\""]}}""")]
    [InlineData("GET", "/api/v1/tasks/known/next?count=1001", 400, """{"type":"urn:scheduler:problem:invalid","title":"Bad Request","status":400,"detail":"count: expected 1 to 1000, got 1001","errors":{"count":["expected 1 to 1000, got 1001"]}}""")]
    [InlineData("POST", "/api/v1/tasks", 400, """{"type":"urn:scheduler:problem:invalid","title":"Bad Request","status":400,"detail":"expected an object, got nothing","errors":{"":["expected an object, got nothing"]}}""")]
    public Task What_is_asked_wrongly_is_answered_with_a_problem(string method, string path, int status, string problem) => AnswersAsync(new(new(method), path), status, problem);

    [Theory]
    [InlineData("POST", "/api/v1/tasks", """{"name":"x","handler":{"polling":{"handler":"numbers","shards":{},"pagesize":1}}}""", 400,
        """{"type":"urn:scheduler:problem:invalid","title":"Bad Request","status":400,"detail":"handler.polling.pagesize: unknown field. Did you mean \"pageSize\"?","errors":{"handler.polling.pagesize":["unknown field. Did you mean \"pageSize\"?"]}}""")]
    [InlineData("POST", "/api/v1/tasks", """{"name":1,"handler":{"code":{}}}""", 400,
        """{"type":"urn:scheduler:problem:invalid","title":"Bad Request","status":400,"detail":"name: expected a string, got 1; handler.code.handler: expected a string, got nothing","errors":{"name":["expected a string, got 1"],"handler.code.handler":["expected a string, got nothing"]}}""")]
    [InlineData("POST", "/api/v1/tasks", """{"name":"x","handler":{"code":{"handler":"ecko"}}}""", 400,
        """{"type":"urn:scheduler:problem:invalid","title":"Bad Request","status":400,"detail":"handler.code.handler: expected a handler that is known, got \"ecko\". Did you mean \"echo\"?","errors":{"handler.code.handler":["expected a handler that is known, got \"ecko\". Did you mean \"echo\"?"]}}""")]
    [InlineData("POST", "/api/v1/tasks", """{"name":"known","handler":{"code":{"handler":"echo"}}}""", 409,
        """{"type":"urn:scheduler:problem:conflict","title":"Conflict","status":409,"detail":"there is a task \"known\" already"}""")]
    [InlineData("POST", "/api/v1/tasks", """{"name":}""", 400,
        """{"type":"urn:scheduler:problem:invalid","title":"Bad Request","status":400,"detail":"line 1, position 9: expected JSON; '}' is an invalid start of a value.","errors":{"":["line 1, position 9: expected JSON; '}' is an invalid start of a value."]}}""")]
    [InlineData("PUT", "/api/v1/tasks/known", """{"name":"known"}""", 400,
        """{"type":"urn:scheduler:problem:invalid","title":"Bad Request","status":400,"detail":"handler: expected an object, got nothing","errors":{"handler":["expected an object, got nothing"]}}""")]
    [InlineData("POST", "/api/v1/tasks/known/trigger", """{"params":{}}""", 400,
        """{"type":"urn:scheduler:problem:invalid","title":"Bad Request","status":400,"detail":"params: unknown field; expected one of \"parameters\", \"by\", \"concurrencyKey\"","errors":{"params":["unknown field; expected one of \"parameters\", \"by\", \"concurrencyKey\""]}}""")]
    public Task A_body_that_does_not_fit_is_answered_with_a_problem(string method, string path, string body, int status, string problem) =>
        AnswersAsync(new(new(method), path) { Content = new StringContent(body, Encoding.UTF8, "application/json") }, status, problem);

    [Theory]
    [InlineData("text/plain", "Content-Type: expected application/json in UTF-8, got text/plain")]
    [InlineData("application/json; charset=utf-16", "Content-Type: expected application/json in UTF-8, got application/json; charset=utf-16")]
    [InlineData(null, "Content-Type: expected application/json in UTF-8, got nothing")]
    public Task A_body_of_another_type_is_refused(string? type, string detail)
    {
        var content = new ByteArrayContent("{}"u8.ToArray());
        if (type is not null) content.Headers.TryAddWithoutValidation("Content-Type", type);
        return AnswersAsync(new(HttpMethod.Post, "/api/v1/tasks") { Content = content }, 415, $$"""{"title":"Unsupported Media Type","status":415,"detail":"{{detail}}"}""");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public Task A_body_that_is_too_large_is_refused(bool announced)
    {
        var content = new ByteArrayContent(new byte[StrictJson.MaxBytes + 1]);
        content.Headers.ContentType = new("application/json");
        var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/tasks") { Content = content };
        request.Headers.TransferEncodingChunked = !announced;
        return AnswersAsync(request, 413, """{"title":"Payload Too Large","status":413,"detail":"expected a body of at most 1048576 bytes, got more"}""");
    }

    [Theory]
    [InlineData("If-Match", "3", """{"type":"urn:scheduler:problem:invalid","title":"Bad Request","status":400,"detail":"If-Match: expected one ETag such as \"3\" with its quotes, or *, got 3","errors":{"If-Match":["expected one ETag such as \"3\" with its quotes, or *, got 3"]}}""", 400)]
    [InlineData("If-Match", "\"1\", \"2\"", """{"type":"urn:scheduler:problem:invalid","title":"Bad Request","status":400,"detail":"If-Match: expected one ETag such as \"3\" with its quotes, or *, got \"1\", \"2\"","errors":{"If-Match":["expected one ETag such as \"3\" with its quotes, or *, got \"1\", \"2\""]}}""", 400)]
    [InlineData("If-Match", "\"7\"", """{"type":"urn:scheduler:problem:versionMismatch","title":"Precondition Failed","status":412,"detail":"expected version 7 of task \"known\", it has version 1 by now"}""", 412)]
    [InlineData("If-Match", "W/\"1\"", """{"type":"urn:scheduler:problem:versionMismatch","title":"Precondition Failed","status":412,"detail":"If-Match: expected the ETag of the present version, got W/\"1\", which no version has"}""", 412)]
    public Task A_condition_that_does_not_hold_is_refused(string header, string value, string problem, int status)
    {
        var request = new HttpRequestMessage(HttpMethod.Put, "/api/v1/tasks/known") { Content = new StringContent("""{"name":"known","handler":{"code":{"handler":"echo"}}}""", Encoding.UTF8, "application/json") };
        request.Headers.TryAddWithoutValidation(header, value);
        return AnswersAsync(request, status, problem);
    }

    [Theory]
    [InlineData("", "expected 1 to 255 characters, got 0")]
    [InlineData("256", "expected 1 to 255 characters, got 256")]
    public Task An_idempotency_key_is_bounded(string length, string message)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/tasks/known/trigger");
        request.Headers.TryAddWithoutValidation("Idempotency-Key", new string('x', length.Length == 0 ? 0 : int.Parse(length, System.Globalization.CultureInfo.InvariantCulture)));
        return AnswersAsync(request, 400, $$$"""{"type":"urn:scheduler:problem:invalid","title":"Bad Request","status":400,"detail":"Idempotency-Key: {{{message}}}","errors":{"Idempotency-Key":["{{{message}}}"]}}""");
    }

    [Fact]
    public async Task The_same_key_with_another_body_is_unprocessable()
    {
        await TriggerAsync("""{"parameters":1}""");
        using var answer = await TriggerAsync("""{"parameters":2}""");
        Assert.Equal(422, (int)answer.StatusCode);
        Assert.Equal("""{"type":"urn:scheduler:problem:idempotencyMismatch","title":"Unprocessable Entity","status":422,"detail":"idempotency key \"k\": expected the request that it was first used with, got another"}""", await answer.Content.ReadAsStringAsync());

        Task<HttpResponseMessage> TriggerAsync(string body) => server.Http.SendAsync(new(HttpMethod.Post, "/api/v1/tasks/known/trigger")
        {
            Headers = { { "Idempotency-Key", "k" } }, Content = new StringContent(body, Encoding.UTF8, "application/json"),
        });
    }

    [Fact]
    public async Task What_is_unavailable_may_be_asked_again()
    {
        server.Scheduler.Failure = new SchedulerException(SchedulerErrorKind.Unavailable, "node a is active, ask there");
        using var answer = await server.Http.GetAsync("/api/v1/tasks");
        Assert.Equal((503, "1"), ((int)answer.StatusCode, answer.Headers.RetryAfter!.ToString()));
        Assert.Equal("""{"type":"urn:scheduler:problem:unavailable","title":"Service Unavailable","status":503,"detail":"node a is active, ask there"}""", await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task A_failure_inside_stays_inside()
    {
        server.Scheduler.Failure = new InvalidOperationException("password=hunter2");
        using var answer = await server.Http.GetAsync("/api/v1/tasks");
        Assert.Equal(HttpStatusCode.InternalServerError, answer.StatusCode);
        Assert.Matches("""^\{"title":"Internal Server Error","status":500,"detail":"the scheduler failed; its log says why, under trace [^"]+"\}$""", await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Nothing_is_asked_of_the_scheduler_while_the_request_is_wrong()
    {
        var before = server.Scheduler.Calls.Count;
        await server.Http.DeleteAsync("/api/v1/tasks/known?force=true");
        await server.Http.PostAsync("/api/v1/tasks", new StringContent("{}", Encoding.UTF8, "text/plain"));
        Assert.Equal(before, server.Scheduler.Calls.Count);
    }

    async Task AnswersAsync(HttpRequestMessage request, int status, string problem)
    {
        using var answer = await server.Http.SendAsync(request);
        Assert.Equal(problem, await answer.Content.ReadAsStringAsync());
        Assert.Equal((status, "application/problem+json"), ((int)answer.StatusCode, answer.Content.Headers.ContentType?.MediaType));
    }
}
