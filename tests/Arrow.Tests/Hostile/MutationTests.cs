using System.Globalization;
using Xunit;
using Xunit.Abstractions;

namespace Pipeline.Arrow.Tests.Hostile;

/// <summary>Mutated streams and files give typed errors or usable data, soon and cheaply.</summary>
public class MutationTests(ITestOutputHelper output)
{
    private const ulong SeedUsual = 2026;
    private const long CasesUsual = 10_000;
    private const long CasesLong = 1_000_000;

    [Fact]
    public void Mutations_GiveTypedErrorsOrData() => Run(SeedUsual, CasesUsual);

    // ARROW_MUTATIONS and ARROW_SEED choose how many and which.
    [Fact]
    [Trait("speed", "slow")]
    public void ManyMutations_GiveTypedErrorsOrData() =>
        Run((ulong)Number("ARROW_SEED", Environment.TickCount & 0xFFFF), Number("ARROW_MUTATIONS", CasesLong));

    private static long Number(string variable, long usual) =>
        long.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number : usual;

    private void Run(ulong seed, long cases)
    {
        var campaign = new HostileCampaign(seed, cases);
        output.WriteLine(campaign.Run());
        output.WriteLine(campaign.Failures);
        Assert.True(campaign.Failures.Length == 0, $"The bytes are in artifacts/hostile.\n{campaign.Failures}");
        Assert.All(Enum.GetValues<Outcome>(), outcome => Assert.True(campaign.Count(outcome) > cases / 100, $"{outcome}: {campaign.Count(outcome)}"));
        Assert.All(Enum.GetValues<MutationKind>(), kind => Assert.True(campaign.Count(kind) > 0, $"{kind} was never applied."));
    }
}
