using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Logging;

namespace Scheduler.Web.Problems;

/// <summary>Turns whatever fails into problem details; what is inside the scheduler stays inside.</summary>
sealed class ProblemAnswers(RequestDelegate next, ILogger<ProblemAnswers> logger)
{
    static readonly Dictionary<SchedulerErrorKind, int> statuses = new()
    {
        [SchedulerErrorKind.Invalid] = 400,
        [SchedulerErrorKind.NotFound] = 404,
        [SchedulerErrorKind.Conflict] = 409,
        [SchedulerErrorKind.VersionMismatch] = 412,
        [SchedulerErrorKind.IdempotencyMismatch] = 422,
        [SchedulerErrorKind.Unavailable] = 503,
    };

    public async Task InvokeAsync(HttpContext context)
    {
        var response = context.Response;
        try
        {
            await next(context);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            return; // nobody reads an answer
        }
        catch (Exception failure) when (!response.HasStarted)
        {
            response.Clear();
            await WriteAsync(context, Of(failure, context));
            return;
        }
        if (response is { HasStarted: false, StatusCode: >= 400, ContentType: null, ContentLength: null })
            await WriteAsync(context, Of(response.StatusCode, StatusDetail.Of(context, response.StatusCode)));
    }

    /// <summary>Writes the problem as the answer.</summary>
    public static Task WriteAsync(HttpContext context, Problem problem)
    {
        context.Response.StatusCode = problem.Status;
        if (problem.Status == 503) context.Response.Headers.RetryAfter = "1";
        return context.Response.WriteAsJsonAsync(problem, SchedulerJson.Strict, "application/problem+json", context.RequestAborted);
    }

    public static Problem Of(int status, string detail, IEnumerable<FieldError>? errors = null) => new()
    {
        Type = statuses.FirstOrDefault(each => each.Value == status) is { Key: not 0 and var kind } ? Problem.TypeOf(kind) : null,
        Title = ReasonPhrases.GetReasonPhrase(status),
        Status = status,
        Detail = detail,
        Errors = errors?.GroupBy(error => error.Field, error => error.Message).ToDictionary(field => field.Key, IReadOnlyList<string> (field) => [.. field]) is { Count: > 0 } byField ? byField : null,
    };

    Problem Of(Exception failure, HttpContext context)
    {
        switch (failure)
        {
            case SchedulerException refusal:
                return Of(StatusOf(refusal.Kind), refusal.Message, refusal.Errors);
            case BadHttpRequestException refusal:
                return Of(refusal.StatusCode, refusal.Message);
            default:
                logger.LogError(failure, "{Method} {Path} failed and was answered with 500 (trace {Trace}).", context.Request.Method, context.Request.Path, context.TraceIdentifier);
                return Of(500, $"the scheduler failed; its log says why, under trace {context.TraceIdentifier}");
        }
    }

    static int StatusOf(SchedulerErrorKind kind) => statuses.GetValueOrDefault(kind, 500);
}
