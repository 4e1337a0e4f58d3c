using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;
using Pipeline.Host.Telemetry;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Host.Tests.Telemetry;

public sealed partial class AlarmsTests
{
    [Fact]
    public void Alarms_OfTheManual_AreThoseOfTheProgram()
    {
        string[] program =
        [
            .. typeof(Log).GetMethods(BindingFlags.Static | BindingFlags.Public)
                .Select(method => method.GetCustomAttribute<LoggerMessageAttribute>())
                .Where(message => message?.Level >= LogLevel.Warning)
                .Select(message => string.Create(CultureInfo.InvariantCulture, $"{message!.EventId} {message.Level}"))
                .Order(StringComparer.Ordinal),
        ];
        string manual = File.ReadAllText(Checkout.PathOf("docs", "OPERATING.md"));
        Assert.Equal(program, Alarm().Matches(manual).Select(row => $"{row.Groups[1].Value} {row.Groups[2].Value}").Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Events_Numbers_AreGivenOnce()
    {
        int[] numbers =
        [
            .. typeof(Log).GetMethods(BindingFlags.Static | BindingFlags.Public)
                .Select(method => method.GetCustomAttribute<LoggerMessageAttribute>()?.EventId).OfType<int>(),
        ];
        Assert.NotEmpty(numbers);
        Assert.Equal(numbers.Distinct(), numbers);
    }

    [GeneratedRegex(@"^\| (\d{4}) \| (\w+) \|", RegexOptions.Multiline)]
    private static partial Regex Alarm();
}
