using System.Reflection;
using System.Text.Json;
using System.Text.RegularExpressions;
using Pipeline.Host.Http.Live;
using Pipeline.Host.Http.Views;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Host.Tests.Http;

public sealed partial class StatusPageTests
{
    private static readonly string Script = File.ReadAllText(Checkout.PathOf("src", "Host", "Http", "Page", "status.js"));

    public static TheoryData<string, Type> Names => new()
    {
        { "status", typeof(StatusView) },
        { "run", typeof(RunStatusView) },
        { "progress", typeof(RunProgressView) },
        { "block", typeof(BlockView) },
        { "study", typeof(StudyStatusView) },
        { "dataset", typeof(DatasetStatusView) },
        { "folder", typeof(FolderStatusView) },
        { "share", typeof(ShareView) },
        { "reason", typeof(ReasonView) },
    };

    // The page and the document that it shows are written apart; a member that is gone would be a blank on the screen.
    [Theory]
    [MemberData(nameof(Names))]
    public void Script_Members_AreThoseOfTheView(string name, Type view)
    {
        string[] members = [.. view.GetProperties(BindingFlags.Instance | BindingFlags.Public).Select(one => JsonNamingPolicy.CamelCase.ConvertName(one.Name))];
        string[] used = [.. Regex.Matches(Script, $@"\b{name}\??\.([a-zA-Z]+)").Select(match => match.Groups[1].Value).Distinct()];
        Assert.NotEmpty(used);
        Assert.All(used, one => Assert.Contains(one, members));
    }

    [Fact]
    public async Task Page_ItsFiles_ComeWithoutTokenAndWithAPolicyThatAllowsNothingInline()
    {
        await using HttpWorld world = await HttpWorld.OpenAsync(HttpWorld.Options);
        foreach (string path in (string[])["/", "/status.css", "/status.js", "/icon.svg"])
        {
            string answer = await world.AskRawAsync($"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
            Assert.StartsWith("HTTP/1.1 200 ", answer, StringComparison.Ordinal);
            Assert.Contains("script-src 'self'; style-src 'self';", answer, StringComparison.Ordinal);
            Assert.DoesNotContain("unsafe", answer.Split("\r\n\r\n")[0], StringComparison.Ordinal);
        }

        Assert.All(
            world.Server.Routes.Where(route => route.Pattern is "/" or "/status.js" or "/status.css" or "/icon.svg"),
            route => Assert.True(route.IsOpen));
    }

    [Fact]
    public void Script_WhatComesFromTheDaemon_GoesInAsText() => Assert.DoesNotMatch(Markup(), Script);

    [GeneratedRegex("innerHTML|outerHTML|insertAdjacentHTML|document\\.write|eval\\(")]
    private static partial Regex Markup();
}
