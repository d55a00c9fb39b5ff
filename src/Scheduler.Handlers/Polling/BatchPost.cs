using System.Buffers;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Scheduler.Handlers.Outbound;
using Scheduler.Handlers.Signing;

namespace Scheduler.Handlers.Polling;

/// <summary>Posts batches to the address of a definition. Any 2xx means processed, but for the rows that the answer names.</summary>
sealed class BatchPost(PostDefinition definition, OutboundPolicy policy, Signer signer, Secrets secrets, TimeProvider time)
{
    readonly Uri url = new(definition.Url);

    /// <returns>The rows that the receiver said failed.</returns>
    /// <exception cref="RetryLaterException">The batch was not taken, for now; its pause is what the receiver asked for, or none.</exception>
    /// <exception cref="NonRetryableException">The batch will not be taken.</exception>
    public async ValueTask<IReadOnlyList<RowFailure>> SendAsync(IReadOnlyList<SqlRow> rows, PageRun run, CancellationToken cancellationToken)
    {
        var patience = definition.Timeout ?? policy.Settings.Timeout;
        using var timer = new CancellationTokenSource(patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timer.Token);
        try
        {
            using var answer = await SendAsync(rows, run, once: false, either.Token);
            var body = await Answers.ReadAsync(answer, policy.Settings.MaxResponseBytes, either.Token);
            if (answer.IsSuccessStatusCode)
                return body is null
                    ? throw NotNow($"{Where}: expected an answer of at most {policy.Settings.MaxResponseBytes} bytes, got a longer one")
                    : Answers.Failed(body, rows.Count, Where);
            throw Refused(answer.StatusCode, body is null ? "" : Answers.Excerpt(body), Answers.RetryAfter(answer, time.GetUtcNow(), policy.Settings.RetryAfterAtMost));
        }
        catch (OperationCanceledException) when (timer.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw NotNow($"{Where}: expected an answer within {WireText.Of(patience)}, got none");
        }
        catch (HttpRequestException failure)
        {
            throw failure.InnerException is OutboundRefusedException refused ? new NonRetryableException($"{Where}: {refused.Message}") : NotNow($"{Where}: {failure.Message}{(failure.InnerException is { } inner && inner.Message != failure.Message ? $" {inner.Message}" : "")}", failure);
        }
        catch (IOException failure)
        {
            throw NotNow($"{Where}: the connection broke: {failure.Message}", failure);
        }
    }

    /// <summary>A receiver may close a connection that rests at the moment in which it is used again; the batch then goes over a new one, at once.</summary>
    async Task<HttpResponseMessage> SendAsync(IReadOnlyList<SqlRow> rows, PageRun run, bool once, CancellationToken cancellationToken)
    {
        using var request = Request(rows, run);
        try
        {
            return await policy.Http.SendAsync(request, cancellationToken);
        }
        catch (HttpRequestException failure) when (!once && failure.HttpRequestError == HttpRequestError.ResponseEnded)
        {
            return await SendAsync(rows, run, once: true, cancellationToken);
        }
    }

    static RetryLaterException NotNow(string message, Exception? cause = null) => new(message, TimeSpan.Zero, cause); // whose words are told as they are

    string Where => $"POST {OutboundPolicy.Shown(url)}";

    /// <summary>What a retry cannot mend is not tried again: the request stays the same.</summary>
    Exception Refused(HttpStatusCode status, string excerpt, TimeSpan? after)
    {
        var message = $"{Where}: expected a status of 2xx, got {(int)status}{(excerpt.Length == 0 ? "" : $": {excerpt}")}";
        return (int)status switch
        {
            408 or 425 or 429 or >= 500 when after is { } wait => new RetryLaterException($"{message} (it asks to be left alone for {WireText.Of(wait)})", wait),
            408 or 425 or 429 or >= 500 => NotNow(message),
            >= 300 and < 400 => new NonRetryableException($"{message} (redirects are not followed)"),
            _ => new NonRetryableException($"{message} (it is not tried again)"),
        };
    }

    HttpRequestMessage Request(IReadOnlyList<SqlRow> rows, PageRun run)
    {
        var body = Body(rows, run);
        var (timestamp, id) = (Signer.Timestamp(time.GetUtcNow()), Id(rows, run));
        var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new ReadOnlyMemoryContent(body) };
        request.Content.Headers.ContentType = new("application/json");
        foreach (var (name, value) in definition.Headers ?? new Dictionary<string, string>()) Add(request, name, secrets.Resolve(value));
        Add(request, "User-Agent", "scheduler");
        Add(request, Signer.TimestampHeader, timestamp);
        Add(request, Signer.IdHeader, id);
        if (signer.Sign(timestamp, id, body.Span) is { } signature) Add(request, Signer.SignatureHeader, signature);
        return request;
    }

    static void Add(HttpRequestMessage request, string name, string value)
    {
        if (value.Any(each => each is not '\t' and (< ' ' or > '~'))) throw new NonRetryableException($"header {name}: expected printable ASCII, got other characters"); // a secret
        if (request.Headers.Contains(name)) return;
        if (!request.Headers.TryAddWithoutValidation(name, value)) request.Content!.Headers.TryAddWithoutValidation(name, value);
    }

    static ReadOnlyMemory<byte> Body(IReadOnlyList<SqlRow> rows, PageRun run)
    {
        var buffer = new ArrayBufferWriter<byte>(rows.Sum(row => row.Json.Length + 1) + 512);
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteString("task", run.Shard.Task);
            json.WriteString("execution", run.ExecutionId);
            json.WriteString("database", run.Shard.Database);
            json.WriteString("table", run.Shard.Table);
            json.WriteNumber("fencingToken", run.FencingToken);
            json.WriteNumber("attempt", run.Attempt);
            json.WriteStartArray("rows");
            foreach (var row in rows) json.WriteRawValue(row.Json.Span, skipInputValidation: true);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return buffer.WrittenMemory;
    }

    /// <summary>The same for the same rows of the same round, however often they are sent.</summary>
    static string Id(IReadOnlyList<SqlRow> rows, PageRun run)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Append(run.ExecutionId, run.Shard.Tenant, run.Shard.Task, run.Shard.Database, run.Shard.Table);
        foreach (var row in rows) Append(row.Cursor.Time ?? "", row.Cursor.Key ?? "");
        return Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, 16));

        void Append(params ReadOnlySpan<string> texts)
        {
            foreach (var text in texts)
            {
                var bytes = Encoding.UTF8.GetBytes(text);
                hash.AppendData(BitConverter.GetBytes(bytes.Length));
                hash.AppendData(bytes);
            }
        }
    }
}
