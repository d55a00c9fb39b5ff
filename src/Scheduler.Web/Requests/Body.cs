using System.Buffers;
using System.Reflection;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using Scheduler.Web.Problems;

namespace Scheduler.Web.Requests;

/// <summary>A request's body, read strictly. It is of a bounded size, and JSON by its content type.</summary>
sealed record Body<T>(ReadOnlyMemory<byte> Utf8) where T : class
{
    public T Read() => StrictJson.Parse<T>(Utf8);

    public T? ReadIfAny() => Utf8.IsEmpty ? null : Read();

    public static async ValueTask<Body<T>> BindAsync(HttpContext context, ParameterInfo _)
    {
        var request = context.Request;
        if (request.ContentLength > StrictJson.MaxBytes) throw TooLarge();
        var bytes = new ArrayBufferWriter<byte>();
        while (await request.Body.ReadAsync(bytes.GetMemory(4096), context.RequestAborted) is var read and > 0)
        {
            bytes.Advance(read);
            if (bytes.WrittenCount > StrictJson.MaxBytes) throw TooLarge();
        }
        if (bytes.WrittenCount > 0 && !IsJson(request)) throw new BadHttpRequestException(StatusDetail.Of(context, 415), 415);
        return new(bytes.WrittenMemory);
    }

    static bool IsJson(HttpRequest request) =>
        request.HasJsonContentType() && MediaTypeHeaderValue.TryParse(request.ContentType, out var type)
        && (!type.Charset.HasValue || type.Charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase) || type.Charset.Equals("\"utf-8\"", StringComparison.OrdinalIgnoreCase));

    static BadHttpRequestException TooLarge() => new($"expected a body of at most {StrictJson.MaxBytes} bytes, got more", 413);
}
