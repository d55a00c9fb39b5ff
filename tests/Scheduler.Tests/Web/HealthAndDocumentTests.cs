using System.Text.Json;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Scheduler.Tests.Web;

public sealed class HealthAndDocumentTests
{
    [Fact]
    public async Task Readiness_is_what_the_health_checks_say()
    {
        await using var ready = await WebServer.StartAsync(ready: HealthCheckResult.Healthy());
        Assert.Equal("""{"status":"ready","checks":{"scheduler":{"status":"healthy"}}}""", await ready.Http.GetStringAsync("/healthz/ready"));

        await using var standby = await WebServer.StartAsync(ready: HealthCheckResult.Unhealthy("node a is active", data: new Dictionary<string, object> { ["role"] = "standby" }));
        using var answer = await standby.Http.GetAsync("/healthz/ready");
        Assert.Equal((503, """{"status":"notReady","role":"standby","checks":{"scheduler":{"status":"unhealthy","description":"node a is active"}}}"""), ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync()));
        Assert.Equal("""{"status":"live"}""", await standby.Http.GetStringAsync("/healthz/live"));
    }

    [Fact]
    public async Task The_document_describes_every_operation()
    {
        await using var server = await WebServer.StartAsync();
        using var document = JsonDocument.Parse(await server.Http.GetStringAsync("/openapi/v1.json"));
        var operations = (from path in document.RootElement.GetProperty("paths").EnumerateObject()
                          from operation in path.Value.EnumerateObject()
                          select (Name: $"{operation.Name} {path.Name}", operation.Value)).ToDictionary(each => each.Name, each => each.Value);

        Assert.Equal(
            [
                "delete /api/v1/calendars/{name}", "delete /api/v1/tasks/{name}", "get /api/v1/calendars", "get /api/v1/calendars/{name}", "get /api/v1/events",
                "get /api/v1/executions", "get /api/v1/executions/{id}", "get /api/v1/executions/{id}/logs", "get /api/v1/executions/{id}/logs/stream",
                "get /api/v1/executions/{id}/why", "get /api/v1/nodes", "get /api/v1/stats", "get /api/v1/tasks", "get /api/v1/tasks/{name}",
                "get /api/v1/tasks/{name}/deadLetters", "get /api/v1/tasks/{name}/next", "get /api/v1/tasks/{name}/progress", "get /api/v1/tasks/{name}/progress/databases", "get /api/v1/tasks/{name}/shards",
                "get /api/v1/tasks/{name}/why", "get /api/v1/tenants/{tenant}", "get /healthz/live", "get /healthz/ready", "post /api/v1/executions/{id}/cancel",
                "post /api/v1/executions/{id}/retry", "post /api/v1/nodes/{id}/drain", "post /api/v1/nodes/{id}/undrain", "post /api/v1/pause", "post /api/v1/resume",
                "post /api/v1/schedules/preview", "post /api/v1/tasks", "post /api/v1/tasks/{name}/databases/{database}/quarantine",
                "post /api/v1/tasks/{name}/databases/{database}/release", "post /api/v1/tasks/{name}/deadLetters/discard", "post /api/v1/tasks/{name}/deadLetters/replay",
                "post /api/v1/tasks/{name}/pause", "post /api/v1/tasks/{name}/resume", "post /api/v1/tasks/{name}/shards/pause", "post /api/v1/tasks/{name}/shards/resume",
                "post /api/v1/tasks/{name}/shards/rewind", "post /api/v1/tasks/{name}/trigger", "post /api/v1/tenants/{tenant}/pause", "post /api/v1/tenants/{tenant}/resume",
                "put /api/v1/calendars/{name}", "put /api/v1/tasks/{name}", "put /api/v1/tenants/{tenant}",
            ], operations.Keys.Order(StringComparer.Ordinal));
        Assert.All(operations.Values, operation => Assert.NotEmpty(operation.GetProperty("summary").GetString()!));
        Assert.All(operations.Where(each => each.Key.Contains("/api/")), operation =>
            Assert.Equal("#/components/schemas/Problem", Schema(operation.Value.GetProperty("responses").GetProperty("400"), "application/problem+json")));
        Assert.Equal("#/components/schemas/TaskView", Schema(operations["post /api/v1/tasks"].GetProperty("responses").GetProperty("201"), "application/json"));
        Assert.Equal("#/components/schemas/TaskDefinition", Schema(operations["post /api/v1/tasks"].GetProperty("requestBody"), "application/json"));
        Assert.Equal(["name", "X-Tenant", "If-Match"], operations["put /api/v1/tasks/{name}"].GetProperty("parameters").EnumerateArray().Select(parameter => parameter.GetProperty("name").GetString()));
        Assert.Equal("""{"maximum":1000,"minimum":1,"type":"integer","format":"int32","default":100}""",
            JsonSerializer.Serialize(operations["get /api/v1/tasks"].GetProperty("parameters").EnumerateArray().Single(parameter => parameter.GetProperty("name").GetString() == "limit").GetProperty("schema")));
        Assert.Equal("apiKey", Assert.Single(document.RootElement.GetProperty("security")[0].EnumerateObject()).Name);
    }

    [Fact]
    public async Task The_document_writes_numbers_as_numbers_and_durations_as_they_are()
    {
        await using var server = await WebServer.StartAsync();
        using var document = JsonDocument.Parse(await server.Http.GetStringAsync("/openapi/v1.json"));
        var schemas = document.RootElement.GetProperty("components").GetProperty("schemas");
        Assert.Equal("integer", schemas.GetProperty("PollingDefinition").GetProperty("properties").GetProperty("pageSize").GetProperty("type").GetString());
        Assert.Equal("01:30:00", schemas.GetProperty("RetryPolicy").GetProperty("properties").GetProperty("backoff").GetProperty("examples")[0].GetString());
        Assert.Equal(["enabled", "paused", "deleted"], schemas.GetProperty("ScheduledTaskStatus").GetProperty("enum").EnumerateArray().Select(name => name.GetString()));
    }

    static string? Schema(JsonElement holder, string type) => holder.GetProperty("content").GetProperty(type).GetProperty("schema").GetProperty("$ref").GetString();
}
