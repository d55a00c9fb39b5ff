using System.Net;

namespace Scheduler.Tests.Web;

public sealed class SecurityTests
{
    static readonly (string, string)[] WithKey = [("Scheduler:ApiKey", "s3cret")];

    [Theory]
    [InlineData(null, 401, """{"title":"Unauthorized","status":401,"detail":"X-Api-Key: expected the API key, got nothing","errors":{"X-Api-Key":["expected the API key, got nothing"]}}""")]
    [InlineData("wrong", 401, """{"title":"Unauthorized","status":401,"detail":"X-Api-Key: expected the API key, got another value","errors":{"X-Api-Key":["expected the API key, got another value"]}}""")]
    [InlineData("S3cret", 401, """{"title":"Unauthorized","status":401,"detail":"X-Api-Key: expected the API key, got another value","errors":{"X-Api-Key":["expected the API key, got another value"]}}""")]
    [InlineData("s3cret", 200, """{"items":[],"next":null}""")]
    public async Task Where_a_key_is_set_it_is_asked_for(string? key, int status, string body)
    {
        await using var server = await WebServer.StartAsync(WithKey);
        if (key is not null) server.Http.DefaultRequestHeaders.Add("X-Api-Key", key);
        using var answer = await server.Http.GetAsync("/api/v1/tasks");
        Assert.Equal((status, body), ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync()));
        Assert.Equal(status == 401, answer.Headers.WwwAuthenticate.Count > 0);
    }

    [Theory]
    [InlineData("/api/v1/unknown")]
    [InlineData("/API/V1/tasks")]
    [InlineData("/api")]
    public async Task Without_the_key_nothing_is_told_of_what_there_is(string path)
    {
        await using var server = await WebServer.StartAsync(WithKey);
        Assert.Equal(HttpStatusCode.Unauthorized, (await server.Http.GetAsync(path)).StatusCode);
        Assert.Empty(server.Scheduler.Calls);
    }

    [Theory]
    [InlineData("/healthz/live")]
    [InlineData("/healthz/ready")]
    [InlineData("/openapi/v1.json")]
    [InlineData("/swagger/index.html")]
    public async Task What_tells_no_data_asks_for_no_key(string path)
    {
        await using var server = await WebServer.StartAsync(WithKey);
        Assert.Equal(HttpStatusCode.OK, (await server.Http.GetAsync(path)).StatusCode);
    }

    [Theory]
    [InlineData("http://0.0.0.0:0")]
    [InlineData("http://*:0")]
    public async Task An_application_that_others_can_reach_does_not_start_without_a_key(string url)
    {
        var failure = await Assert.ThrowsAsync<InvalidOperationException>(() => WebServer.StartAsync(url: url));
        Assert.Matches(@"^http://\S+ can be reached from other machines: expected an API key in the setting Scheduler:ApiKey \(environment Scheduler__ApiKey\), got none\. Set one, or listen on http://localhost alone\.$", failure.Message);
    }

    [Fact]
    public async Task An_application_that_others_can_reach_starts_with_a_key()
    {
        await using var server = await WebServer.StartAsync(WithKey, "http://0.0.0.0:0");
        using var http = new HttpClient { BaseAddress = new($"http://127.0.0.1:{server.Address.Port}"), DefaultRequestHeaders = { { "X-Api-Key", "s3cret" } } };
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync("/api/v1/tasks")).StatusCode);
    }

    [Theory]
    [InlineData("Origin", "http://evil.example", "Origin: expected {self} while Scheduler:ApiKey is not set, got \\\"http://evil.example\\\"")]
    [InlineData("Origin", "null", "Origin: expected {self} while Scheduler:ApiKey is not set, got \\\"null\\\"")]
    [InlineData("Host", "evil.example", "Host: expected localhost while Scheduler:ApiKey is not set, got \\\"evil.example\\\"")]
    public async Task A_page_of_another_site_is_not_served(string header, string value, string detail)
    {
        await using var server = await WebServer.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/tasks");
        request.Headers.TryAddWithoutValidation(header, value);
        using var answer = await server.Http.SendAsync(request);
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.Contains($"\"detail\":\"{detail.Replace("{self}", server.Address.GetLeftPart(UriPartial.Authority))}\"", await answer.Content.ReadAsStringAsync());
        Assert.Empty(server.Scheduler.Calls);
    }

    [Theory]
    [InlineData("localhost:1234")]
    [InlineData("LOCALHOST")]
    [InlineData("127.0.0.2")]
    [InlineData("[::1]:80")]
    public async Task Every_name_of_this_machine_is_served(string host)
    {
        await using var server = await WebServer.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/tasks") { Headers = { Host = host } };
        Assert.Equal(HttpStatusCode.OK, (await server.Http.SendAsync(request)).StatusCode);
    }

    [Fact]
    public async Task The_own_page_is_served()
    {
        await using var server = await WebServer.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/tasks");
        request.Headers.Add("Origin", server.Address.GetLeftPart(UriPartial.Authority));
        Assert.Equal(HttpStatusCode.OK, (await server.Http.SendAsync(request)).StatusCode);
    }
}
