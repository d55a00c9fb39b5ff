using System.Text.Json;

namespace Scheduler.Tests.Web;

/// <summary>An execution's lines as a stream, in each of the forms that it has on the wire.</summary>
public sealed class LogStreamTests : IAsyncLifetime
{
    WebServer server = null!;
    string path = "";

    public async Task InitializeAsync()
    {
        server = await WebServer.StartAsync();
        await server.Scheduler.CreateTaskAsync(new() { Name = "tells", Handler = new() { Code = new() { Handler = "tell" } } });
        var execution = (await server.Scheduler.TriggerTaskAsync("tells")).ExecutionId;
        await server.Scheduler.WaitForExecutionAsync(execution);
        path = $"/api/v1/executions/{execution}/logs/stream";
    }

    public async Task DisposeAsync() => await server.DisposeAsync();

    [Fact]
    public async Task As_ndjson_each_line_is_a_document_that_ends_with_a_newline()
    {
        var (status, type, body) = await GetAsync("application/x-ndjson");
        Assert.Equal((200, "application/x-ndjson"), (status, type));
        Assert.EndsWith("\n", body, StringComparison.Ordinal);
        var lines = body[..^1].Split('\n').Select(line => JsonSerializer.Deserialize<LogLine>(line, SchedulerJson.Strict)!).ToArray();
        Assert.Equal(Enumerable.Range(1, 5).Select(number => ($"{number}-1", $"line {number}")), lines.Select(line => (line.Id, line.Message)));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("text/event-stream")]
    [InlineData("*/*")]
    [InlineData("application/x-ndjson;q=0.5, text/event-stream")]
    public async Task As_server_sent_events_each_has_its_id(string? accept)
    {
        var (status, type, body) = await GetAsync(accept);
        Assert.Equal((200, "text/event-stream"), (status, type));
        Assert.Equal([": watching", "id: 1-1", "id: 2-1", "id: 3-1", "id: 4-1", "id: 5-1"], body.Split('\n').Where(line => line.StartsWith(':') || line.StartsWith("id:", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task As_text_it_is_for_people()
    {
        var (status, type, body) = await GetAsync("text/plain", "?level=warning");
        Assert.Equal((200, "text/plain; charset=utf-8"), (status, type));
        Assert.Matches(@"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} WARN line 4\n$", body);
    }

    [Theory]
    [InlineData("text/event-stream")]
    [InlineData("application/x-ndjson")]
    [InlineData("text/plain")]
    public async Task Who_comes_back_when_all_was_told_gets_no_content(string accept)
    {
        Assert.Equal((204, null, ""), await GetAsync(accept, after: "5-1"));
        Assert.Equal(200, (await GetAsync(accept, after: "4-1")).Status);
    }

    [Theory]
    [InlineData("application/json")]
    [InlineData("image/png, text/html;q=0.9")]
    public async Task What_cannot_be_is_not_acceptable(string accept)
    {
        var (status, type, body) = await GetAsync(accept);
        Assert.Equal((406, "application/problem+json"), (status, type));
        Assert.Equal($$"""{"title":"Not Acceptable","status":406,"detail":"expected Accept: text/event-stream, text/plain or application/x-ndjson, got {{accept}}"}""", body);
    }

    [Theory]
    [InlineData("?level=warn", "level: expected one of \\\"trace\\\", \\\"debug\\\", \\\"information\\\", \\\"warning\\\", \\\"error\\\", \\\"critical\\\", got \\\"warn\\\"")]
    [InlineData("?level=none", "level: expected one of \\\"trace\\\", \\\"debug\\\", \\\"information\\\", \\\"warning\\\", \\\"error\\\", \\\"critical\\\", got \\\"none\\\"")]
    [InlineData("?attempt=0", "attempt: expected 1 to 2147483647, got 0")]
    public async Task A_filter_that_is_none_is_refused_before_the_stream_begins(string query, string detail)
    {
        foreach (var where in new[] { path, path[..^"/stream".Length] })
        {
            using var answer = await server.Http.GetAsync(where + query);
            Assert.Equal((400, "application/problem+json"), ((int)answer.StatusCode, answer.Content.Headers.ContentType?.MediaType));
            Assert.Contains($"\"detail\":\"{detail}", await answer.Content.ReadAsStringAsync());
        }
    }

    [Fact]
    public async Task An_id_that_is_none_is_refused()
    {
        var (status, _, body) = await GetAsync("text/event-stream", after: "nonsense");
        Assert.Equal(400, status);
        Assert.Contains("Last-Event-ID", body);
    }

    [Theory]
    [InlineData("minute", "bucket: expected one of \\\"hour\\\", \\\"day\\\", got \\\"minute\\\"")]
    [InlineData("dya", "bucket: expected one of \\\"hour\\\", \\\"day\\\", got \\\"dya\\\". Did you mean \\\"day\\\"?")]
    public async Task A_bucket_of_stats_that_is_none_is_refused(string bucket, string detail)
    {
        using var answer = await server.Http.GetAsync($"/api/v1/stats?bucket={bucket}");
        Assert.Equal(400, (int)answer.StatusCode);
        Assert.Contains($"\"detail\":\"{detail}\"", await answer.Content.ReadAsStringAsync());
    }

    async Task<(int Status, string? Type, string Body)> GetAsync(string? accept, string query = "", string? after = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path + query);
        if (accept is not null) request.Headers.TryAddWithoutValidation("Accept", accept);
        if (after is not null) request.Headers.TryAddWithoutValidation("Last-Event-ID", after);
        using var answer = await server.Http.SendAsync(request);
        return ((int)answer.StatusCode, answer.Content.Headers.ContentType?.ToString(), await answer.Content.ReadAsStringAsync());
    }
}
