using System.Net;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Scheduler.Client;
using Scheduler.Conformance.Servers;
using Scheduler.Tests.Web;

namespace Scheduler.Tests.Client;

/// <summary>What the client makes of answers that are not what it hopes for.</summary>
public sealed class HttpSchedulerClientTests
{
    [Theory]
    [InlineData(400, SchedulerErrorKind.Invalid)]
    [InlineData(403, SchedulerErrorKind.Invalid)]
    [InlineData(404, SchedulerErrorKind.NotFound)]
    [InlineData(409, SchedulerErrorKind.Conflict)]
    [InlineData(412, SchedulerErrorKind.VersionMismatch)]
    [InlineData(422, SchedulerErrorKind.IdempotencyMismatch)]
    [InlineData(429, SchedulerErrorKind.Unavailable)]
    [InlineData(500, SchedulerErrorKind.Unavailable)]
    [InlineData(503, SchedulerErrorKind.Unavailable)]
    public async Task A_problem_is_the_refusal_that_it_was(int status, SchedulerErrorKind kind)
    {
        var client = Client(_ => Answer(status, $$"""{"title":"T","status":{{status}},"detail":"this is why","instance":"/newer"}""", "application/problem+json"));
        var refusal = await RefusedAsync(kind, client);
        Assert.Equal("this is why", refusal.Message);
        Assert.Empty(refusal.Errors);
    }

    [Theory]
    [InlineData("urn:scheduler:problem:idempotencyMismatch", SchedulerErrorKind.IdempotencyMismatch)]
    [InlineData("urn:scheduler:problem:newer", SchedulerErrorKind.Conflict)]
    [InlineData("about:blank", SchedulerErrorKind.Conflict)]
    public async Task A_problem_is_of_the_kind_that_its_type_names_and_else_its_status(string type, SchedulerErrorKind kind) =>
        await RefusedAsync(kind, Client(_ => Answer(409, $$"""{"type":"{{type}}","title":"T","status":409,"detail":"this is why"}""", "application/problem+json")));

    [Fact]
    public async Task The_fields_of_a_problem_come_back()
    {
        var client = Client(_ => Answer(400, """{"title":"Bad Request","status":400,"detail":"…","errors":{"name":["one","two"],"":["three"]}}""", "application/problem+json"));
        var refusal = await RefusedAsync(SchedulerErrorKind.Invalid, client);
        Assert.Equal([new("name", "one"), new("name", "two"), new("", "three")], refusal.Errors);
        Assert.Equal("name: one; name: two; three", refusal.Message);
    }

    [Theory]
    [InlineData(502, "<html>Bad gateway</html>", "text/html", SchedulerErrorKind.Unavailable, "got 502 Bad Gateway")]
    [InlineData(404, "<html>nginx</html>", "text/html", SchedulerErrorKind.NotFound, "got 404 Not Found")]
    [InlineData(302, "", "text/html", SchedulerErrorKind.Invalid, "got 302 Found")]
    [InlineData(200, "<html>Sign in</html>", "text/html", SchedulerErrorKind.Unavailable, "'<' is an invalid start of a value")]
    [InlineData(200, "null", "application/json", SchedulerErrorKind.Unavailable, "got null")]
    [InlineData(200, "", "application/json", SchedulerErrorKind.Unavailable, "does not contain any JSON tokens")]
    [InlineData(200, """{"name":"x"}""", "application/json", SchedulerErrorKind.Unavailable, "missing required properties")]
    [InlineData(503, "not json", "application/problem+json", SchedulerErrorKind.Unavailable, "is an invalid")]
    public async Task What_no_scheduler_answers_is_told_with_its_address(int status, string body, string type, SchedulerErrorKind kind, string told)
    {
        var refusal = await RefusedAsync(kind, Client(_ => Answer(status, body, type)));
        Assert.Contains("expected a scheduler's answer from http://scheduler.example/api/v1/tasks/t", refusal.Message);
        Assert.Contains(told, refusal.Message);
    }

    [Fact]
    public async Task What_a_newer_scheduler_adds_is_passed_over()
    {
        var client = Client(_ => Answer(200, """{"items":[{"id":"1","task":"t","status":"running","trigger":{"kind":"manual","why":7},"sequence":1,"attempt":1,"scheduledAt":"2026-01-01T00:00:00Z","items":{},"rows":0,"newer":{"x":[]}}],"next":null,"total":5}"""));
        var execution = Assert.Single((await client.ListExecutionsAsync(new())).Items);
        Assert.Equal((ExecutionStatus.Running, new(TriggerKind.Manual, null)), (execution.Status, execution.Trigger));
    }

    [Fact]
    public async Task A_scheduler_that_is_not_there_is_unavailable()
    {
        var address = new Uri($"http://127.0.0.1:{Ports.Free()}");
        using var http = new HttpClient { BaseAddress = address };
        var refusal = await RefusedAsync(SchedulerErrorKind.Unavailable, new HttpSchedulerClient(http));
        Assert.StartsWith($"expected a scheduler at {address}, got no answer: ", refusal.Message);
    }

    [Fact]
    public async Task A_scheduler_that_takes_too_long_is_unavailable_and_a_cancelled_call_is_cancelled()
    {
        using var http = new HttpClient(new Stub(async (_, stop) =>
        {
            await Task.Delay(Timeout.Infinite, stop);
            throw new InvalidOperationException("it was to wait");
        })) { BaseAddress = new("http://scheduler.example/"), Timeout = TimeSpan.FromMilliseconds(20) };
        var client = new HttpSchedulerClient(http);
        Assert.Contains("within 00:00:00.0200000, got none; what was asked for may have been done", (await RefusedAsync(SchedulerErrorKind.Unavailable, client)).Message);

        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => client.GetTaskAsync("t", cancelled.Token));
    }

    [Fact]
    public async Task Names_and_values_are_escaped()
    {
        List<string> asked = [];
        var client = Client(request =>
        {
            asked.Add(request.RequestUri!.AbsoluteUri);
            return Answer(404, "", "text/plain");
        });
        await RefusedAsync(SchedulerErrorKind.NotFound, () => client.PauseTaskAsync("a b/../c?d#é%"));
        await RefusedAsync(SchedulerErrorKind.NotFound, () => client.ListTasksAsync(new() { Search = "a&b=c+d", Status = ScheduledTaskStatus.Paused, Limit = 5 }));
        await RefusedAsync(SchedulerErrorKind.NotFound, () => client.NextOccurrencesAsync("t", 1, new(2026, 1, 1, 8, 0, 0, TimeSpan.FromHours(8))));
        Assert.Equal(
            [
                "http://scheduler.example/api/v1/tasks/a%20b%2F..%2Fc%3Fd%23%C3%A9%25/pause",
                "http://scheduler.example/api/v1/tasks?status=paused&q=a%26b%3Dc%2Bd&limit=5",
                "http://scheduler.example/api/v1/tasks/t/next?count=1&from=2026-01-01T00%3A00%3A00Z",
            ], asked);
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    public async Task A_name_that_would_lead_elsewhere_is_not_asked_for(string name)
    {
        var client = Client(_ => throw new InvalidOperationException("nothing was to be asked"));
        await RefusedAsync(SchedulerErrorKind.NotFound, () => client.DeleteTaskAsync(name));
        await RefusedAsync(SchedulerErrorKind.NotFound, () => client.CancelExecutionAsync(name));
    }

    [Theory]
    [InlineData("")]
    [InlineData("schlüssel")]
    [InlineData(" a")]
    [InlineData("a ")]
    [InlineData("a\r\nX-Api-Key: b")]
    public async Task A_key_that_no_header_carries_is_refused(string key)
    {
        var client = Client(_ => throw new InvalidOperationException("nothing was to be asked"));
        var refusal = await RefusedAsync(SchedulerErrorKind.Invalid, () => client.TriggerTaskAsync("t", new() { IdempotencyKey = key }));
        Assert.Equal("Idempotency-Key", Assert.Single(refusal.Errors).Field);
    }

    [Fact]
    public async Task A_registered_client_brings_its_key()
    {
        await using var server = await WebServer.StartAsync([("Scheduler:ApiKey", "s3cret")]);
        await using var right = new ServiceCollection().AddSchedulerClient(server.Address, "s3cret").BuildServiceProvider();
        await using var wrong = new ServiceCollection().AddSchedulerClient(server.Address).BuildServiceProvider();

        Assert.Empty((await right.GetRequiredService<ISchedulerClient>().ListTasksAsync(new())).Items);
        var refusal = await RefusedAsync(SchedulerErrorKind.Invalid, wrong.GetRequiredService<ISchedulerClient>());
        Assert.Equal(new FieldError("X-Api-Key", "expected the API key, got nothing"), Assert.Single(refusal.Errors));
    }

    [Theory]
    [InlineData("scheduler.example", UriKind.Relative)]
    [InlineData("ftp://scheduler.example", UriKind.Absolute)]
    public void An_address_that_is_none_is_refused_at_once(string address, UriKind kind) =>
        Assert.StartsWith($"expected an address such as https://scheduler.example, got \"{address}",
            Assert.Throws<ArgumentException>(() => new ServiceCollection().AddSchedulerClient(new Uri(address, kind))).Message);

    [Fact]
    public void A_key_that_no_header_carries_is_refused_at_once() =>
        Assert.StartsWith("expected visible ASCII characters, got others", Assert.Throws<ArgumentException>(() => new ServiceCollection().AddSchedulerClient(new("http://localhost"), "schlüssel")).Message);

    [Fact]
    public async Task A_path_below_which_the_scheduler_stands_is_kept()
    {
        await using var server = await WebServer.StartAsync();
        await using var services = new ServiceCollection().AddSchedulerClient(new Uri(server.Address, "below")).BuildServiceProvider();
        var refusal = await RefusedAsync(SchedulerErrorKind.NotFound, services.GetRequiredService<ISchedulerClient>());
        Assert.EndsWith("/below/api/v1/tasks/t, got 404 Not Found", refusal.Message);
    }

    static HttpSchedulerClient Client(Func<HttpRequestMessage, HttpResponseMessage> answer) =>
        new(new HttpClient(new Stub((request, _) => Task.FromResult(answer(request)))) { BaseAddress = new("http://scheduler.example/") });

    static HttpResponseMessage Answer(int status, string body, string type = "application/json") =>
        new((HttpStatusCode)status) { Content = new StringContent(body, Encoding.UTF8, type) };

    static Task<SchedulerException> RefusedAsync(SchedulerErrorKind kind, ISchedulerClient client) => RefusedAsync(kind, () => client.GetTaskAsync("t"));

    static async Task<SchedulerException> RefusedAsync(SchedulerErrorKind kind, Func<Task> act)
    {
        var refusal = await Assert.ThrowsAsync<SchedulerException>(act);
        Assert.Equal(kind, refusal.Kind);
        return refusal;
    }

    sealed class Stub(Func<HttpRequestMessage, CancellationToken, Task<HttpResponseMessage>> answer) : HttpMessageHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var response = await answer(request, cancellationToken);
            response.RequestMessage = request;
            return response;
        }
    }
}
