using System.Globalization;
using System.Text.RegularExpressions;
using Xunit;

namespace Pipeline.Host.Tests.Http.Api;

/// <summary>Reads Prometheus text, and lets nothing pass that the format does not allow.</summary>
internal static class PrometheusReader
{
    public static Dictionary<string, Family> Read(string text)
    {
        Assert.EndsWith("\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain('\r', text);
        Dictionary<string, Family> families = [];
        string help = "";
        string name = "";
        foreach (string line in text[..^1].Split('\n'))
        {
            if (Regex.Match(line, @"^# HELP ([a-z_]+) (.*)$") is { Success: true } helpLine)
            {
                (name, help) = (helpLine.Groups[1].Value, helpLine.Groups[2].Value);
            }
            else if (Regex.Match(line, @"^# TYPE ([a-z_]+) (counter|gauge)$") is { Success: true } typeLine)
            {
                Assert.Equal(name, typeLine.Groups[1].Value);
                families.Add(name, new Family(typeLine.Groups[2].Value, help, []));
            }
            else if (!Regex.IsMatch(line, "^# [0-9]+ series "))
            {
                Match series = Regex.Match(line, @"^([a-z_]+)(\{(?:[a-z_]+=""(?:[^""\\]|\\[\\n""])*"",?)+\})? (\S+)$");
                Assert.True(series.Success, line);
                Assert.Equal(name, series.Groups[1].Value);
                string labels = string.Join(' ', Regex.Matches(series.Groups[2].Value, @"([a-z_]+)=""((?:[^""\\]|\\[\\n""])*)""").Select(label => $"{label.Groups[1].Value}={label.Groups[2].Value}"));
                families[name].Series.Add(labels, double.Parse(series.Groups[3].Value, CultureInfo.InvariantCulture));
            }
        }

        return families;
    }
}

/// <summary>An instrument as Prometheus reads it.</summary>
internal sealed record Family(string Type, string Help, Dictionary<string, double> Series);
