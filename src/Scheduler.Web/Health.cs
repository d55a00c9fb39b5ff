using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Scheduler.Web.OpenApi;

namespace Scheduler.Web;

static class Health
{
    public static void MapHealth(this IEndpointRouteBuilder app)
    {
        var health = app.MapGroup("/healthz").WithTags("Health");

        health.MapGet("/live", () => TypedResults.Json(new JsonObject { ["status"] = "live" }))
            .Says("live", "Tells that the process answers").Produces(200);

        health.MapGet("/ready", async (HealthCheckService checks, CancellationToken stop) => Ready(await checks.CheckHealthAsync(stop)))
            .Says("ready", "Tells whether the process can serve", "503 where a check fails, with what the checks say.").Produces(200).Produces(503);
    }

    static IResult Ready(HealthReport report)
    {
        var ready = report.Status != HealthStatus.Unhealthy;
        var answer = new JsonObject { ["status"] = ready ? "ready" : "notReady" };
        // What a check says of the process as a whole, such as its role, stands at the top.
        foreach (var (key, value) in report.Entries.Values.SelectMany(entry => entry.Data))
            answer.TryAdd(key, Convert.ToString(value, System.Globalization.CultureInfo.InvariantCulture));
        answer["checks"] = new JsonObject(report.Entries.Select(entry => KeyValuePair.Create<string, JsonNode?>(entry.Key, Check(entry.Value))));
        return TypedResults.Json(answer, statusCode: ready ? 200 : 503);
    }

    static JsonObject Check(HealthReportEntry entry)
    {
        var check = new JsonObject { ["status"] = entry.Status.ToString().ToLowerInvariant() };
        if (entry.Description is { } description) check["description"] = description;
        return check;
    }
}
