using System.Text.Json;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.OpenApi;
using Scheduler.Web.Security;

namespace Scheduler.Web.OpenApi;

/// <summary>The document at <c>/openapi/v1.json</c>.</summary>
static class Document
{
    public static IServiceCollection AddSchedulerOpenApi(this IServiceCollection services) => services.AddOpenApi("v1", options =>
    {
        // An application that has endpoints of its own keeps them out of ours.
        options.ShouldInclude = endpoint => endpoint.RelativePath?.StartsWith("api/v1/", StringComparison.Ordinal) == true || endpoint.RelativePath?.StartsWith("healthz/", StringComparison.Ordinal) == true;
        options.AddDocumentTransformer((document, _, _) =>
        {
            Describe(document);
            return Task.CompletedTask;
        });
        options.AddSchemaTransformer((schema, context, _) =>
        {
            Correct(schema, context.JsonTypeInfo.Type);
            return Task.CompletedTask;
        });
    });

    static void Describe(OpenApiDocument document)
    {
        document.Info = new() { Title = "Scheduler", Version = "v1", Description = "Tasks, their executions and their shards. Errors are RFC 9457 problem details; their type is urn:scheduler:problem: and one of invalid, notFound, conflict, versionMismatch, idempotencyMismatch, unavailable. A member that is null is left out of an answer." };
        (document.Components ??= new()).SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>
        {
            ["apiKey"] = new OpenApiSecurityScheme { Type = SecuritySchemeType.ApiKey, In = ParameterLocation.Header, Name = ConfiguredKey.Header, Description = $"The setting {ConfiguredKey.Setting}; needed where that is set." },
        };
        document.Security = [new() { [new OpenApiSecuritySchemeReference("apiKey", document)] = [] }];
    }

    /// <summary>The application's JSON options describe how it reads and writes; the scheduler's types have a form of their own.</summary>
    static void Correct(OpenApiSchema schema, Type type)
    {
        var orNull = schema.Type.GetValueOrDefault() & JsonSchemaType.Null;
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type == typeof(TimeSpan)) (schema.Type, schema.Pattern, schema.Examples) = (JsonSchemaType.String | orNull, @"^-?(\d+\.)?\d{2}:\d{2}:\d{2}(\.\d{1,7})?$", ["01:30:00"]);
        if (type == typeof(int) || type == typeof(long)) (schema.Type, schema.Pattern) = (JsonSchemaType.Integer | orNull, null);
        if (type == typeof(double)) (schema.Type, schema.Pattern) = (JsonSchemaType.Number | orNull, null);
        if (type.IsEnum) (schema.Type, schema.Enum) = (JsonSchemaType.String | orNull, [.. WireText.NamesOf(type)]);
    }
}
