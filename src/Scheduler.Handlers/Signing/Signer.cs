using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Scheduler.Handlers.Signing;

/// <summary>
/// Signs what the scheduler sends: HMAC-SHA256 of <c>timestamp.id.body</c>. While a key is replaced there are two keys, and two signatures,
/// so that a receiver may go from one to the other when it likes. Without a key nothing is signed.
/// </summary>
sealed class Signer
{
    public const string TimestampHeader = "X-Scheduler-Timestamp", IdHeader = "X-Scheduler-Id", SignatureHeader = "X-Scheduler-Signature";

    const int ShortestKey = 16;

    readonly byte[][] keys;

    /// <exception cref="InvalidOperationException">A key is too short.</exception>
    public Signer(string? current, string? next)
    {
        (string Name, string? Key)[] given = [("Current", current), ("Next", next)];
        foreach (var (name, key) in given)
            if (key is { Length: < ShortestKey }) throw new InvalidOperationException($"Scheduler:Signing:Keys:{name}: expected at least {ShortestKey} characters, got {key.Length}");
        if (current is null && next is not null) throw new InvalidOperationException("Scheduler:Signing:Keys:Current: expected a key, since there is a next one; got none");
        keys = [.. given.Where(each => each.Key is not null).Select(each => Encoding.UTF8.GetBytes(each.Key!))];
    }

    /// <summary>The signatures as their header has them, parted by commas; null without a key.</summary>
    public string? Sign(string timestamp, string id, ReadOnlySpan<byte> body)
    {
        if (keys.Length == 0) return null;
        var signed = new byte[Encoding.UTF8.GetByteCount(timestamp) + Encoding.UTF8.GetByteCount(id) + 2 + body.Length];
        var head = Encoding.UTF8.GetBytes($"{timestamp}.{id}.", signed);
        body.CopyTo(signed.AsSpan(head));
        return string.Join(',', keys.Select(key => $"v1={Convert.ToHexStringLower(HMACSHA256.HashData(key, signed))}"));
    }

    /// <summary>The time as its header has it: seconds since 1970.</summary>
    public static string Timestamp(DateTimeOffset now) => now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
}
