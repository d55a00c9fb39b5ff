using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Scheduler.Client;

/// <summary>Sends requests and reads answers; whatever goes wrong is a <see cref="SchedulerException"/>.</summary>
sealed class Connection(HttpClient http, string? tenant = null)
{
    /// <summary>A stream of server-sent events, each a JSON document; until the scheduler ends it.</summary>
    public async IAsyncEnumerable<T> WatchAsync<T>(Path path, [EnumeratorCancellation] CancellationToken cancellationToken, Action<HttpRequestHeaders>? headers = null)
    {
        using var response = await SendAsync(HttpMethod.Get, path, null, headers, cancellationToken, HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(cancellationToken));
        while (await LineAsync(response, reader, cancellationToken) is { } line)
        {
            // Comments keep the line alive; an event's id and kind stand in its document too.
            if (!line.StartsWith("data:", StringComparison.Ordinal)) continue;
            yield return Document<T>(response, line.AsSpan(5));
        }
    }

    static T Document<T>(HttpResponseMessage response, ReadOnlySpan<char> json)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(json, SchedulerJson.Lenient) ?? throw Unexpected(response, "null");
        }
        catch (JsonException failure)
        {
            throw Unexpected(response, failure.Message, failure);
        }
    }

    async Task<string?> LineAsync(HttpResponseMessage response, StreamReader reader, CancellationToken cancellationToken)
    {
        try
        {
            return await reader.ReadLineAsync(cancellationToken);
        }
        catch (Exception failure) when (failure is IOException or HttpRequestException)
        {
            throw new SchedulerException(SchedulerErrorKind.Unavailable, $"the stream of {response.RequestMessage?.RequestUri} broke: {failure.Message}", failure);
        }
    }

    public async Task<T> SendAsync<T>(HttpMethod method, Path path, object? body, CancellationToken cancellationToken, Action<HttpRequestHeaders>? headers = null)
    {
        using var response = await SendAsync(method, path, body, headers, cancellationToken);
        return await ReadAsync<T>(response, cancellationToken) ?? throw Unexpected(response, "null");
    }

    public async Task SendAsync(HttpMethod method, Path path, CancellationToken cancellationToken, Action<HttpRequestHeaders>? headers = null) =>
        (await SendAsync(method, path, null, headers, cancellationToken)).Dispose();

    async Task<HttpResponseMessage> SendAsync(HttpMethod method, Path path, object? body, Action<HttpRequestHeaders>? headers, CancellationToken cancellationToken,
        HttpCompletionOption until = HttpCompletionOption.ResponseContentRead)
    {
        using var request = new HttpRequestMessage(method, $"api/v1/{path}");
        if (body is not null) request.Content = JsonContent.Create(body, body.GetType(), options: SchedulerJson.Strict);
        if (tenant is not null) request.Headers.Add(Tenant.Header, tenant);
        headers?.Invoke(request.Headers);
        HttpResponseMessage response;
        try
        {
            response = await http.SendAsync(request, until, cancellationToken);
        }
        catch (HttpRequestException failure)
        {
            throw new SchedulerException(SchedulerErrorKind.Unavailable, $"expected a scheduler at {http.BaseAddress}, got no answer: {failure.Message}", failure);
        }
        catch (OperationCanceledException failure) when (!cancellationToken.IsCancellationRequested)
        {
            throw new SchedulerException(SchedulerErrorKind.Unavailable, $"expected an answer from {http.BaseAddress} within {http.Timeout}, got none; what was asked for may have been done", failure);
        }
        if (response.IsSuccessStatusCode) return response;
        using (response) throw await ProblemOf(response, cancellationToken);
    }

    static async Task<SchedulerException> ProblemOf(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var kind = KindOf((int)response.StatusCode);
        if (response.Content.Headers.ContentType?.MediaType != "application/problem+json" || await ReadAsync<Problem>(response, cancellationToken) is not { } problem)
            return new(kind, $"expected a scheduler's answer from {response.RequestMessage?.RequestUri}, got {(int)response.StatusCode} {response.ReasonPhrase}");
        kind = problem.KindOfType() ?? kind;
        var errors = problem.Errors?.SelectMany(field => field.Value.Select(message => new FieldError(field.Key, message))).ToArray() ?? [];
        return kind == SchedulerErrorKind.Invalid && errors.Length > 0 ? new(errors) : new(kind, problem.Detail ?? problem.Title);
    }

    static async Task<T?> ReadAsync<T>(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        try
        {
            return await response.Content.ReadFromJsonAsync<T>(SchedulerJson.Lenient, cancellationToken);
        }
        catch (JsonException failure)
        {
            throw Unexpected(response, failure.Message, failure);
        }
    }

    static SchedulerException Unexpected(HttpResponseMessage response, string got, Exception? cause = null) =>
        new(SchedulerErrorKind.Unavailable, $"expected a scheduler's answer from {response.RequestMessage?.RequestUri}, got {got}", cause);

    static SchedulerErrorKind KindOf(int status) => status switch
    {
        404 => SchedulerErrorKind.NotFound,
        409 => SchedulerErrorKind.Conflict,
        412 => SchedulerErrorKind.VersionMismatch,
        422 => SchedulerErrorKind.IdempotencyMismatch,
        408 or 429 or >= 500 => SchedulerErrorKind.Unavailable,
        _ => SchedulerErrorKind.Invalid,
    };
}
