using Pipeline.Stages.Models.Pls;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Preprocessing;
using Pipeline.Stages.Spectra;
using Pipeline.Support;
using Xunit;
using Xunit.Abstractions;

namespace Pipeline.Stages.Tests.Models.Pls;

/// <summary>Every form against NIPALS on real spectra: 5 folds, 25 components, as measured, SNV, first derivative.</summary>
public sealed class PlsRealSpectraTests(ITestOutputHelper output)
{
    private const int Components = 25;
    private const int FoldCount = 5;

    [SharedTheory]
    [InlineData("corn_m5.csv", "moisture")]
    [InlineData("gasoline.csv", "octane")]
    [InlineData("tecator.csv", "fat")]
    public void Answer_AnyForm_EqualsNipals(string file, string response) => Check(file, response);

    [SharedTheory]
    [Trait("speed", "slow")]
    [InlineData("biscuit_dough.csv", "fat,sucrose,flour,water")]
    [InlineData("corn_m5.csv", "oil,protein,starch")]
    [InlineData("corn_mp5.csv", "moisture,oil,protein,starch")]
    [InlineData("corn_mp6.csv", "moisture,oil,protein,starch")]
    [InlineData("diesel_swri.csv", "cetane_number,density_d4052,flash_point")]
    [InlineData("nirsoil.csv", "Nt,Ciso,CEC")]
    [InlineData("petroleum_density.csv", "density")]
    [InlineData("tablets_idrc2002_inst1.csv", "weight,hardness,assay")]
    [InlineData("tablets_idrc2002_inst2.csv", "weight,hardness,assay")]
    [InlineData("tecator.csv", "moisture,protein")]
    [InlineData("wheat_kernels.csv", "protein")]
    public void Answer_AnyFormAndDataset_EqualsNipals(string file, string responses)
    {
        foreach (string response in responses.Split(','))
        {
            Check(file, response);
        }
    }

    private void Check(string file, string response)
    {
        (Matrix x, Matrix y, SpectralAxis axis) = RealSpectra.ReadWithAxis(file, response);
        foreach ((string name, Matrix treated) in Treated(x, y, axis))
        {
            var one = new PlsCase(treated, y, FoldCount);
            PlsAnswers direct = one.Answer(PlsForm.Direct, Components);
            (double clear, double faint) = one.AssertAgrees(direct, Components);
            output.WriteLine($"{file} {response} {name} {x.Rows}x{treated.Columns} direct {clear:e1} {faint:e1}");
            foreach (PlsForm form in (PlsForm[])[PlsForm.Dual, PlsForm.Moments])
            {
                PlsAnswers answers = one.Answer(form, Components);
                (clear, faint) = one.AssertAgrees(answers, Components);
                output.WriteLine($"{file} {response} {name} {x.Rows}x{treated.Columns} {form} {clear:e1} {faint:e1}");
                Assert.Equal(Best(one, y, direct), Best(one, y, answers));
            }
        }
    }

    private static IEnumerable<(string Name, Matrix X)> Treated(Matrix x, Matrix y, SpectralAxis axis)
    {
        yield return ("raw", x);
        yield return ("snv", Apply(new StandardNormalVariate(), x, y, axis));
        yield return ("sg(15,2,1)", Apply(new SavitzkyGolay(15, 2, 1), x, y, axis));
    }

    private static Matrix Apply(IPretreatment pretreatment, Matrix x, Matrix y, SpectralAxis axis)
    {
        var target = new Matrix(x.Rows, pretreatment.OutputAxis(axis).Count);
        pretreatment.Fit(x.View, y.View, axis).Apply(x.View, target.Span);
        return target;
    }

    /// <summary>The count of components with the least squared error over all held-out samples.</summary>
    private static int Best(PlsCase one, Matrix y, PlsAnswers answers) =>
        Enumerable.Range(1, Components).MinBy(a => Enumerable.Range(0, FoldCount).Sum(k =>
        {
            double sum = 0;
            ReadOnlySpan<int> heldOut = one.Folds.HeldOut(k);
            ReadOnlySpan<double> yHat = answers.YHat(k, 0, a);
            for (int i = 0; i < heldOut.Length; i++)
            {
                double error = yHat[i] - y[heldOut[i], 0];
                sum += error * error;
            }

            return sum;
        }));
}
