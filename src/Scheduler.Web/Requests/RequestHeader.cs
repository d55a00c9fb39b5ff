using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Scheduler.Web.Requests;

/// <summary>A request header that an operation takes.</summary>
sealed record RequestHeader(string Name, string Description)
{
    public static readonly RequestHeader IfMatchHeader = new("If-Match", "The ETag of the version that is replaced; * or nothing replaces whichever there is.");
    public static readonly RequestHeader IfNoneMatchHeader = new("If-None-Match", "The ETags of what is known already: 304 without a body where one of them still holds.");
    public static readonly RequestHeader IdempotencyKeyHeader = new("Idempotency-Key", "1 to 255 characters. The same key asks for the same execution, as long as that is kept.");

    public static readonly RequestHeader TenantHeader = new("X-Tenant", "The tenant whose tasks and executions are meant; \"default\" where absent.");

    /// <summary>Has the endpoint speak for the tenant that the request names.</summary>
    public static ValueTask<object?> SpeakForTenant(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var values = context.HttpContext.Request.Headers[TenantHeader.Name];
        if (values.Count == 0) return next(context);
        if (values.Count > 1) throw Refused(TenantHeader, $"expected one value, got {values.Count}");
        for (var index = 0; index < context.Arguments.Count; index++)
            if (context.Arguments[index] is ISchedulerClient client) context.Arguments[index] = Speaking(client, values[0]!);
        return next(context);
    }

    static ISchedulerClient Speaking(ISchedulerClient client, string tenant)
    {
        try
        {
            return client.ForTenant(tenant);
        }
        catch (SchedulerException wrong) when (wrong.Errors is [var error])
        {
            throw Refused(TenantHeader, error.Message);
        }
    }

    /// <summary>The version that If-Match names; null for any.</summary>
    public static long? IfMatch(HttpRequest request)
    {
        var values = request.Headers.IfMatch;
        if (values.Count == 0) return null;
        if (!EntityTagHeaderValue.TryParseStrictList([.. values!], out var tags) || tags.Count != 1)
            throw Refused(IfMatchHeader, $"expected one ETag such as \"3\" with its quotes, or *, got {values}");
        var tag = tags[0];
        if (tag.Equals(EntityTagHeaderValue.Any)) return null;
        // A tag that no version has, a weak one included, matches none: versions begin with 1.
        return !tag.IsWeak && long.TryParse(Version(tag.Tag.AsSpan().Trim('"')), NumberStyles.None, CultureInfo.InvariantCulture, out var version) ? version
            : throw new SchedulerException(SchedulerErrorKind.VersionMismatch, $"{IfMatchHeader.Name}: expected the ETag of the present version, got {tag}, which no version has");
    }

    /// <summary>Whether the caller knows this representation already.</summary>
    public static bool IsKnown(HttpRequest request, string tag)
    {
        var values = request.Headers.IfNoneMatch;
        if (values.Count == 0) return false;
        if (!EntityTagHeaderValue.TryParseStrictList([.. values!], out var tags))
            throw Refused(IfNoneMatchHeader, $"expected ETags such as \"3-5f0c21aa\" with their quotes, or *, got {values}");
        var known = new EntityTagHeaderValue(tag);
        return tags.Any(each => each.Equals(EntityTagHeaderValue.Any) || each.Compare(known, useStrongComparison: false));
    }

    public static string? IdempotencyKey(HttpRequest request)
    {
        var values = request.Headers[IdempotencyKeyHeader.Name];
        return values.Count switch
        {
            0 => null,
            1 when values[0]!.Length is >= 1 and <= 255 => values[0],
            1 => throw Refused(IdempotencyKeyHeader, $"expected 1 to 255 characters, got {values[0]!.Length}"),
            _ => throw Refused(IdempotencyKeyHeader, $"expected one value, got {values.Count}"),
        };
    }

    /// <summary>The version stands before the hash of everything that is shown; alone it is taken as well.</summary>
    static ReadOnlySpan<char> Version(ReadOnlySpan<char> tag) => tag.IndexOf('-') is >= 0 and var dash ? tag[..dash] : tag;

    static SchedulerException Refused(RequestHeader header, string message) => new([new FieldError(header.Name, message)]);
}
