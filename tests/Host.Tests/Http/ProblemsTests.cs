using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Pipeline.Engine;
using Pipeline.Host.Http;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Host.Tests.Http;

public class ProblemsTests
{
    private readonly SaidLog _log = new();
    private readonly Problems _problems;

    public ProblemsTests()
    {
        _problems = new Problems(_log, new ManualTimeProvider());
    }

    [Fact]
    public async Task GuardAsync_Defect_IsLoggedOnceAndShownWithoutItsText()
    {
        for (int i = 0; i < 3; i++)
        {
            (DefaultHttpContext context, JsonNode problem) = await AnswerAsync(_ => throw new InvalidOperationException("secret"));
            Assert.Equal(500, context.Response.StatusCode);
            Assert.DoesNotContain("secret", problem.ToJsonString(), StringComparison.Ordinal);
        }

        Assert.StartsWith("1202 ", Assert.Single(_log.Lines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task GuardAsync_DiskFailed_IsUnavailableAndSaysWhenToTryAgain()
    {
        (DefaultHttpContext context, JsonNode problem) = await AnswerAsync(one =>
        {
            one.Response.ContentLength = 7;
            throw new StageException(FailureKind.Storage, "no such disk");
        });
        Assert.Equal((503, "5"), (context.Response.StatusCode, context.Response.Headers.RetryAfter.ToString()));
        Assert.Contains("no such disk", problem["detail"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal("nosniff", context.Response.Headers.XContentTypeOptions.ToString());
        Assert.Empty(_log.Lines);
    }

    [Fact]
    public async Task GuardAsync_ReadFailed_IsUnavailable() =>
        Assert.Equal(503, (await AnswerAsync(_ => throw new IOException("bad sector"))).Context.Response.StatusCode);

    [Fact]
    public async Task GuardAsync_BadRequest_KeepsItsStatus() =>
        Assert.Equal(413, (await AnswerAsync(_ => throw new BadHttpRequestException("too large", 413))).Context.Response.StatusCode);

    [Fact]
    public async Task GuardAsync_ClientHasGone_SaysNothing()
    {
        var context = new DefaultHttpContext { RequestAborted = new CancellationToken(canceled: true) };
        await _problems.GuardAsync(context, _ => throw new OperationCanceledException());
        Assert.Empty(_log.Lines);
        Assert.Equal(200, context.Response.StatusCode);
    }

    private async Task<(DefaultHttpContext Context, JsonNode Problem)> AnswerAsync(Func<HttpContext, Task> answer)
    {
        var context = new DefaultHttpContext();
        using var body = new MemoryStream();
        context.Response.Body = body;
        await _problems.GuardAsync(context, answer);
        JsonNode problem = JsonNode.Parse(body.ToArray())!;
        Assert.Equal(context.Response.StatusCode, problem["status"]!.GetValue<int>());
        Assert.Equal(body.Length, context.Response.ContentLength);
        return (context, problem);
    }
}
