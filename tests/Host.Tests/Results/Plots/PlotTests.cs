using System.Globalization;
using System.Text;
using System.Xml.Linq;
using Pipeline.Host.Results.Plots;
using Pipeline.Stages.Numerics.Random;
using Xunit;

namespace Pipeline.Host.Tests.Results.Plots;

public class PlotTests
{
    [Fact]
    public void ToSvg_EveryThing_IsWellFormedAndInsideItsFrame()
    {
        Plot plot = Make();
        plot.Band(1, 2, "band");
        plot.Band(3, 3, "band");
        plot.Line([0, 1, 2, 3, 4], [0, 1, double.NaN, 3, 4], "cv");
        plot.Segment(0, 0, 4, 4, "diagonal");
        plot.HorizontalRule(2, "limit", "95 %");
        plot.VerticalRule(2, "limit", "chosen");
        foreach (Marker marker in Enum.GetValues<Marker>())
        {
            plot.Points([new PlotPoint(1, 1, "S1"), new PlotPoint(2, 2)], marker, "cv");
        }

        XElement svg = Parse(plot);
        Assert.Equal(2, svg.Descendants().Count(one => one.Name.LocalName == "rect" && (string?)one.Attribute("class") == "band"));

        // The break in the line begins it anew.
        string path = svg.Descendants().First(one => (string?)one.Attribute("class") == "line cv").Attribute("d")!.Value;
        Assert.Equal(2, path.Count(sign => sign == 'M'));
        Assert.Equal(4, svg.Descendants().Count(one => one.Name.LocalName == "circle"));
    }

    [Fact]
    public void Points_WithoutAPlace_AreLeftOut()
    {
        Plot plot = Make();
        plot.Points([new PlotPoint(double.NaN, 1), new PlotPoint(1, double.PositiveInfinity), new PlotPoint(1, 1)], Marker.Dot, "cv");
        Assert.Single(Parse(plot).Descendants(), one => one.Name.LocalName == "circle");
    }

    [Fact]
    public void Bar_Value_IsAsHighAsItAboveTheGround()
    {
        Plot plot = Make();
        plot.Bar(1, 2, 2, "bar", "two");
        plot.Bar(2, 3, 4, "bar", "four & more");
        XElement[] bars = [.. Parse(plot).Descendants().Where(one => (string?)one.Attribute("class") == "bar")];
        double Number(int bar, string name) => double.Parse(bars[bar].Attribute(name)!.Value, CultureInfo.InvariantCulture);
        Assert.Equal(2 * Number(0, "height"), Number(1, "height"), 0.3);
        Assert.Equal(Number(0, "y") + Number(0, "height"), Number(1, "y") + Number(1, "height"), 0.3);
        Assert.True(Number(0, "x") + Number(0, "width") < Number(1, "x"));
        Assert.Equal("four & more", bars[1].Value);
    }

    [Fact]
    public void Rule_OutsideTheAxis_IsNotDrawn()
    {
        Plot plot = Make();
        int before = Parse(plot).Descendants().Count();
        plot.HorizontalRule(double.PositiveInfinity, "limit", "99 %");
        plot.HorizontalRule(double.NaN, "limit", "99 %");
        plot.VerticalRule(1e9, "limit", "99 %");
        Assert.Equal(before, Parse(plot).Descendants().Count());
    }

    [Fact]
    public void Names_OfAnybody_StayText()
    {
        const string Hostile = "</svg><script>alert(\"1\")</script>&\u0001";
        var plot = new Plot(PlotAxis.Over(Hostile, 0, 1), PlotAxis.Named(Hostile, [Hostile, "b"]), Hostile);
        plot.Points([new PlotPoint(0, 0, Hostile)], Marker.Dot, "cv");
        plot.Label(0, 0, Hostile);
        plot.HorizontalRule(0, "limit", Hostile);
        XElement svg = Parse(plot);
        Assert.DoesNotContain(svg.DescendantsAndSelf(), one => one.Name.LocalName == "script");
        Assert.Contains(svg.Descendants(), one => one.Name.LocalName == "title" && one.Value.Contains("alert", StringComparison.Ordinal));
    }

    [Fact]
    public void Label_WhereAnotherStands_IsLeftOut()
    {
        Plot plot = Make();
        plot.Label(1, 1, "first");
        plot.Label(1.01, 1.01, "second");
        plot.Label(1, 3, "third");
        string[] names = [.. Parse(plot).Descendants().Where(one => (string?)one.Attribute("class") == "note").Select(one => one.Value)];
        Assert.Equal(["first", "third"], names);
    }

    [Fact]
    public void Line_ReversedAxis_RunsFromRightToLeft()
    {
        var plot = new Plot(PlotAxis.Exact("cm⁻¹", 4000, 10_000) with { IsReversed = true }, PlotAxis.Exact("y", 0, 1), "");
        plot.Line([4000, 10_000], [0, 0], "cv");
        Assert.StartsWith("M" + InnerWidth(plot).ToString(CultureInfo.InvariantCulture) + " ", Path(plot), StringComparison.Ordinal);
    }

    [Fact]
    public void Polyline_Steps_EndWhereThePointsAre()
    {
        // Relative steps of rounded places: after a thousand of them the end is off by nothing.
        var random = new Pcg64(3);
        int[] x = [.. Enumerable.Range(0, 1000).Select(_ => random.NextInt(6000) - 100)];
        int[] y = [.. Enumerable.Range(0, 1000).Select(_ => random.NextInt(4000) - 100)];
        var path = new StringBuilder();
        Polyline.Append(path, x, y);
        (double endX, double endY) = End(path.ToString());
        Assert.Equal(x[^1] / 10.0, endX, 1e-6);
        Assert.Equal(y[^1] / 10.0, endY, 1e-6);
    }

    [Fact]
    public void Polyline_LongLine_KeepsItsEndsAndItsNarrowestBand()
    {
        double[] y = new double[10_000];
        (y[4321], y[7000]) = (5, -5);
        int[] drawn = Polyline.Drawn(y);
        Assert.True(drawn.Length <= Polyline.PointsMax);
        Assert.Equal(drawn.Order().Distinct(), drawn);
        Assert.All((int[])[0, 4321, 7000, 9999], place => Assert.Contains(place, drawn));
    }

    private static Plot Make() => new(PlotAxis.Exact("x", 0, 4), PlotAxis.Exact("y", 0, 4), "a test");

    private static XElement Parse(Plot plot) => XElement.Parse(plot.ToSvg());

    private static string Path(Plot plot) =>
        Parse(plot).Descendants().First(one => one.Name.LocalName == "path").Attribute("d")!.Value;

    private static int InnerWidth(Plot plot) =>
        int.Parse(Parse(plot).Elements().First(one => one.Name.LocalName == "svg").Attribute("width")!.Value, CultureInfo.InvariantCulture);

    /// <summary>Where a path ends, read sign by sign as SVG prescribes.</summary>
    private static (double X, double Y) End(string path)
    {
        (double x, double y) = (0, 0);
        foreach (string part in
            path.Replace("M", "|M", StringComparison.Ordinal).Replace("l", "|l", StringComparison.Ordinal).Split('|', StringSplitOptions.RemoveEmptyEntries))
        {
            string numbers = part[1..].Replace("-", " -", StringComparison.Ordinal).Trim();
            double[] pair = [.. numbers.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(one => double.Parse(one, CultureInfo.InvariantCulture))];
            (x, y) = part[0] == 'M' ? (pair[0], pair[1]) : (x + pair[0], y + pair[1]);
        }

        return (x, y);
    }
}
