using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Scheduler.Executions;

/// <summary>
/// An execution's id: 32 hexadecimal digits that follow from what asked for it, so that the same occurrence, decided twice, is the same
/// execution. The first twelve digits of an occurrence's id are its instant in epoch milliseconds, which keeps an index on ids dense.
/// </summary>
/// <param name="Value">The digits, lower case.</param>
public readonly record struct ExecutionId(string Value)
{
    /// <summary>The id of an occurrence of a task's schedule.</summary>
    public static ExecutionId OfOccurrence(long taskId, DateTimeOffset instant) =>
        At(instant, $"schedule/{taskId}/{instant.UtcTicks}");

    /// <summary>The id of a trigger with an idempotency key.</summary>
    public static ExecutionId OfKey(long taskId, string idempotencyKey) =>
        new(Convert.ToHexStringLower(Hash($"key/{taskId}/{idempotencyKey}").AsSpan(0, 16)));

    /// <summary>The id of a trigger without one: <paramref name="nonce"/> is random.</summary>
    public static ExecutionId OfTrigger(long taskId, DateTimeOffset now, long nonce) =>
        At(now, $"manual/{taskId}/{nonce}");

    /// <summary>Whether <paramref name="text"/> is an id's form.</summary>
    public static bool TryParse(string? text, out ExecutionId id)
    {
        id = new(text ?? "");
        return text is { Length: 32 } && text.All(char.IsAsciiHexDigitLower);
    }

    /// <inheritdoc/>
    public override string ToString() => Value;

    static ExecutionId At(DateTimeOffset instant, string origin) =>
        new(instant.ToUnixTimeMilliseconds().ToString("x12", CultureInfo.InvariantCulture)[^12..] + Convert.ToHexStringLower(Hash(origin).AsSpan(0, 10)));

    static byte[] Hash(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));
}
