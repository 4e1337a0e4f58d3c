using Pipeline.Stages.Preprocessing;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Stages.Tests.Preprocessing;

public sealed class PretreatmentContractTests
{
    private static readonly string[] MoreNotations =
    [
        "snv(0)", "sg(5,2,0)", "sg(11,4,2)", "sg(31,2,1)", "detrend(0)", "snv + sg(15,2,1)", "msc + sg(7,2,1) + centre",
        "sg(5,2,1) + msc + autoscale", "rnv(60)", "gap(1,3,2)", "absorbance", "km", "norm(area)", "norm(max)", "asls(1000,0.001)", "crop(1000-1500 nm)",
        "interpolate(500-2400 nm; 7; cubic)", "splice(900 nm)", "emsc(1)", "osc(3)", "epo(2)", "glsw(1)",
        "absorbance + snv + gap(3,3,1) + emsc(2)", "crop(600-2300 nm) + interpolate(700-2200 nm; 25) + movmean(3) + epo(1) + pareto",
    ];

    public static TheoryData<string, string> EveryClauseOfEveryEntry()
    {
        var data = new TheoryData<string, string>();
        foreach (string notation in Catalog.Pretreatments.Select(entry => entry.Example).Concat(MoreNotations))
        {
            foreach (string clause in PretreatmentContract.Clauses.Keys)
            {
                data.Add(notation, clause);
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(EveryClauseOfEveryEntry))]
    public void Contract_Holds(string notation, string clause)
    {
        PretreatmentChain chain = PretreatmentChain.Parse(notation);
        PretreatmentContract.Clauses[clause](chain);
        if (chain.Steps.Length == 1)
        {
            PretreatmentContract.Clauses[clause](chain.Steps[0]);
        }
    }
}
