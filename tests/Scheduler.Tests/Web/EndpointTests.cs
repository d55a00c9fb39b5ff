using System.Text;
using System.Text.Json;

namespace Scheduler.Tests.Web;

/// <summary>The answers as they stand on the wire.</summary>
public sealed class EndpointTests : IAsyncLifetime
{
    const string Echo = """{"name":"a.b-c_1","schedule":{"every":"01:00:00","startAt":"2026-01-01T00:00:00+08:00"},"handler":{"code":{"handler":"echo"}}}""";

    WebServer server = null!;

    public async Task InitializeAsync() => server = await WebServer.StartAsync();

    public async Task DisposeAsync() => await server.DisposeAsync();

    [Fact]
    public async Task A_created_task_has_a_location_and_a_tag()
    {
        using var answer = await SendAsync(HttpMethod.Post, "/api/v1/tasks", Echo);
        Assert.Equal((201, "/api/v1/tasks/a.b-c_1", "\"1-"), ((int)answer.StatusCode, answer.Headers.Location!.ToString(), answer.Headers.ETag!.ToString()[..3]));
        Assert.Equal("application/json", answer.Content.Headers.ContentType!.MediaType);

        var task = await JsonAsync(answer);
        Assert.Equal(["name", "status", "version", "definition", "nextAt", "openExecutions", "executionCount", "createdAt", "updatedAt"], task.EnumerateObject().Select(member => member.Name));
        Assert.Equal("""{"name":"a.b-c_1","schedule":{"every":"01:00:00","startAt":"2026-01-01T00:00:00+08:00","misfire":"fireOnce"},"handler":{"code":{"handler":"echo"}},"overlap":"skip","onNodeLost":"rerun","priority":5}""", task.GetProperty("definition").GetRawText());

        using var read = await server.Http.GetAsync(answer.Headers.Location);
        Assert.Equal((200, answer.Headers.ETag), ((int)read.StatusCode, read.Headers.ETag));
    }

    [Fact]
    public async Task What_is_known_is_not_sent_again_until_anything_of_it_changes()
    {
        using var created = await SendAsync(HttpMethod.Post, "/api/v1/tasks", Echo);
        var tag = created.Headers.ETag!.ToString();
        Assert.Equal((304, "", tag), await GetAsync(tag));
        Assert.Equal((304, "", tag), await GetAsync($"\"0-1\", W/{tag}"));
        Assert.Equal((304, "", tag), await GetAsync("*"));
        Assert.Equal(200, (await GetAsync("\"1\"")).Status); // the definition alone says nothing of the rest
        Assert.Equal(400, (await GetAsync("1")).Status);
        using (await SendAsync(HttpMethod.Post, "/api/v1/tasks/a.b-c_1/trigger", null))
        {
            var (status, body, now) = await GetAsync(tag);
            Assert.Equal((200, true, "\"1-"), (status, body.Contains("\"executionCount\":1"), now![..3])); // the same version, another execution
            Assert.NotEqual(tag, now);
        }
        using var changed = await SendAsync(HttpMethod.Put, "/api/v1/tasks/a.b-c_1", Echo, ("If-Match", tag));
        Assert.Equal(200, (int)changed.StatusCode);

        async Task<(int Status, string Body, string? Tag)> GetAsync(string known)
        {
            using var answer = await SendAsync(HttpMethod.Get, "/api/v1/tasks/a.b-c_1", null, ("If-None-Match", known));
            return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync(), answer.Headers.ETag?.ToString());
        }
    }

    [Fact]
    public async Task A_preview_says_where_it_goes_on()
    {
        const string Hourly = """{"schedule":{"every":"01:00:00"},"createdAt":"2099-01-01T00:00:00Z","count":2""";
        using var first = await SendAsync(HttpMethod.Post, "/api/v1/schedules/preview", Hourly + "}");
        Assert.Equal("""{"items":["2099-01-01T01:00:00+00:00","2099-01-01T02:00:00+00:00"],"next":"2099-01-01T02:00:00Z"}""", await first.Content.ReadAsStringAsync());
        using var second = await SendAsync(HttpMethod.Post, "/api/v1/schedules/preview", Hourly + ""","from":"2099-01-01T02:00:00Z"}""");
        Assert.Equal("""{"items":["2099-01-01T03:00:00+00:00","2099-01-01T04:00:00+00:00"],"next":"2099-01-01T04:00:00Z"}""", await second.Content.ReadAsStringAsync());
        using var none = await SendAsync(HttpMethod.Post, "/api/v1/schedules/preview", """{"schedule":{"at":"2099-01-01T00:00:00Z"},"from":"2099-01-01T00:00:00Z"}""");
        Assert.Equal("""{"items":[],"next":null}""", await none.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task A_change_asks_for_the_tag_that_it_replaces()
    {
        await SendAsync(HttpMethod.Post, "/api/v1/tasks", Echo);
        Assert.Equal((200, "\"2\""), await PutAsync("\"1\""));
        Assert.Equal((412, null), await PutAsync("\"1\""));
        Assert.Equal((200, "\"3\""), await PutAsync("\"2\""));
        Assert.Equal((200, "\"4\""), await PutAsync("*"));
        Assert.Equal((200, "\"5\""), await PutAsync(null));

        async Task<(int, string?)> PutAsync(string? tag)
        {
            using var answer = await SendAsync(HttpMethod.Put, "/api/v1/tasks/a.b-c_1", Echo, ("If-Match", tag));
            return ((int)answer.StatusCode, answer.Headers.ETag is { } given ? $"{given.Tag.Split('-')[0]}\"" : null);
        }
    }

    [Fact]
    public async Task A_trigger_is_accepted_with_a_location_and_with_or_without_a_body()
    {
        await SendAsync(HttpMethod.Post, "/api/v1/tasks", Echo);
        foreach (var body in (string?[])[null, "{}", """{"by":"me","parameters":[1]}"""])
        {
            using var answer = await SendAsync(HttpMethod.Post, "/api/v1/tasks/a.b-c_1/trigger", body);
            Assert.Equal(202, (int)answer.StatusCode);
            var id = Assert.Single((await JsonAsync(answer)).EnumerateObject());
            Assert.Equal(("executionId", $"/api/v1/executions/{id.Value.GetString()}"), (id.Name, answer.Headers.Location!.ToString()));
            Assert.Equal(200, (int)(await server.Http.GetAsync(answer.Headers.Location)).StatusCode);
        }
    }

    [Fact]
    public async Task A_deleted_task_leaves_no_content()
    {
        await SendAsync(HttpMethod.Post, "/api/v1/tasks", Echo);
        using var answer = await server.Http.DeleteAsync("/api/v1/tasks/a.b-c_1");
        Assert.Equal((204, ""), ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync()));
    }

    [Theory]
    [InlineData("/api/v1/tasks", """{"items":[],"next":null}""")]
    [InlineData("/api/v1/executions", """{"items":[],"next":null}""")]
    public async Task An_empty_list_says_that_nothing_follows(string path, string list) => Assert.Equal(list, await server.Http.GetStringAsync(path));

    [Fact]
    public async Task Occurrences_go_on_where_the_page_before_ended()
    {
        await SendAsync(HttpMethod.Post, "/api/v1/tasks", """{"name":"daily","schedule":{"cron":"0 30 9 * * ?","endAt":"2030-03-04T00:00:00Z"},"handler":{"code":{"handler":"echo"}}}""");
        Assert.Equal("""{"items":["2030-03-01T09:30:00+00:00","2030-03-02T09:30:00+00:00"],"next":"2030-03-02T09:30:00Z"}""", await server.Http.GetStringAsync("/api/v1/tasks/daily/next?count=2&from=2030-03-01T00:00:00Z"));
        Assert.Equal("""{"items":["2030-03-03T09:30:00+00:00"],"next":null}""", await server.Http.GetStringAsync("/api/v1/tasks/daily/next?count=2&from=2030-03-02T09:30:00Z"));
        Assert.Equal("""{"items":["2030-03-03T09:30:00+00:00"],"next":null}""", await server.Http.GetStringAsync("/api/v1/tasks/daily/next?count=2&from=2030-03-02T17:30:00+08:00"));
    }

    [Fact]
    public async Task Shards_and_progress_have_the_fields_of_the_interface()
    {
        await SendAsync(HttpMethod.Post, "/api/v1/tasks", """{"name":"p","handler":{"polling":{"handler":"numbers","shards":{"databases":"db_{0..1}","tables":"t"}}}}""");
        await SendAsync(HttpMethod.Post, "/api/v1/tasks/p/trigger", null);

        var shards = await JsonAsync(await server.Http.GetAsync("/api/v1/tasks/p/shards?db=db_1&status=completed"));
        var shard = Assert.Single(shards.GetProperty("items").EnumerateArray());
        Assert.Equal("""{"key":"25"}""", shard.GetProperty("cursor").GetRawText());
        Assert.Equal(["database", "table", "status", "round", "cursor", "rows", "pages", "attempt", "updatedAt"], shard.EnumerateObject().Select(member => member.Name));

        var progress = await JsonAsync(await server.Http.GetAsync("/api/v1/tasks/p/progress"));
        Assert.Equal("""{"total":2,"idle":0,"running":0,"completed":2,"failed":0,"cancelled":0,"paused":0}""", progress.GetProperty("shards").GetRawText());
    }

    [Fact]
    public async Task Every_parameter_reaches_the_client()
    {
        await server.Http.GetAsync("/api/v1/tasks?status=paused&q=a%26b&cursor=7&limit=8");
        await server.Http.GetAsync("/api/v1/executions?task=t&status=timedOut&from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z&cursor=9&limit=10");
        Assert.Equal(
            [
                $"list {new TaskQuery { Status = ScheduledTaskStatus.Paused, Search = "a&b", Cursor = "7", Limit = 8 }}",
                $"executions {new ExecutionQuery { Task = "t", Status = ExecutionStatus.TimedOut, From = new(2026, 1, 1, 0, 0, 0, default), To = new(2026, 1, 2, 0, 0, 0, default), Cursor = "9", Limit = 10 }}",
            ], server.Scheduler.Calls);
    }

    Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, string? body, params (string Name, string? Value)[] headers)
    {
        var request = new HttpRequestMessage(method, path);
        if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        foreach (var (name, value) in headers)
            if (value is not null) request.Headers.TryAddWithoutValidation(name, value);
        return server.Http.SendAsync(request);
    }

    static async Task<JsonElement> JsonAsync(HttpResponseMessage answer) => JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
}
