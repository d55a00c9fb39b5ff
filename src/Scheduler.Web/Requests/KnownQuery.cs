using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Scheduler.Web.Requests;

/// <summary>The query parameters that an endpoint takes; any other is a mistake of whoever sends it, and is told so.</summary>
sealed record KnownQuery(IReadOnlyList<QueryParameter> Parameters)
{
    public static ValueTask<object?> RefuseOthers(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var known = context.HttpContext.GetEndpoint()?.Metadata.GetMetadata<KnownQuery>()?.Parameters.Select(parameter => parameter.Name).ToArray() ?? [];
        var errors = context.HttpContext.Request.Query.Keys
            .Where(given => !known.Contains(given))
            .Select(given => new FieldError(given, "unknown query parameter" + Hint(given, known))).ToArray();
        if (errors.Length > 0) throw new SchedulerException(errors);
        return next(context);
    }

    static string Hint(string given, string[] known) =>
        known.Length == 0 ? "; none is expected here"
        : WireText.DidYouMean(given, known) is { Length: > 0 } near ? near
        : $"; expected {WireText.OneOf(known)}";
}
