/* DALEC2 with fire in plain scalar C, written from the published equations (Bloom and Williams 2015, Bloom et al. 2016,
 * Williams et al. 1997, Fox et al. 2009): the yardstick of benchmarks/engine.py and benchmarks/emcee_ratio.py. One step after
 * the other, one member at a time, double precision, as a modeller would write it. */
#include <math.h>
#include <stddef.h>

#define PI 3.1415927
#define NUM_DRIVERS 7
#define NUM_PARAMETERS 23

static double offset(double lifespan, double width) {
  const double c[7] = {2.359978471e-5,    3.32730053021e-4,  9.01865258885e-4, -5.437736864888e-3,
                       -0.020836027517787, 0.126972018064287, -0.188459767342504};
  const double l = log(lifespan - 1.0);
  double sum = c[0];
  for (int k = 1; k < 7; k++) sum = sum * l + c[k];
  return width * sum;
}

static double acm(double lai, double efficiency, const double *d, double latitude) {
  const double tmin = d[1], tmax = d[2], light = d[3], ca = d[4], day = d[5];
  const double gc = pow(2.0, 0.789798) / (0.37836 + 0.5 * (tmax - tmin));
  const double p = lai * efficiency / gc * exp(0.011136 * tmax);
  const double q = 4.22273 - 208.868;
  const double m = ca + q - p;
  const double ci = 0.5 * (m + sqrt(m * m - 4.0 * (ca * q - p * 4.22273)));
  const double e0 = 7.19298 * lai * lai / (lai * lai + 2.1001);
  const double declination = -23.4 * cos(2.0 * PI * (day + 10.0) / 365.0) * PI / 180.0;
  const double mult = tan(latitude * PI / 180.0) * tan(declination);
  const double daylength = mult >= 1.0 ? 24.0 : mult <= -1.0 ? 0.0 : 24.0 * acos(-mult) / PI;
  const double pd = gc * (ca - ci);
  return e0 * light * pd / (e0 * light + pd) * (0.0156935 * daylength + 0.0453194);
}

/* Share of a pool lost per day, over a step of dt days; a daily step needs no power. */
static double lost(double k, double dt) {
#ifdef DAILY_SHORT_CUT
  if (dt == 1.0) return k;
#endif
  return (1.0 - pow(1.0 - k, dt)) / dt;
}

/* drivers (T, 7): time index, tmin, tmax, short wave, CO2, day of year, burned fraction; p (23); out: nbe (T), the leaf area
 * lai (T) at the start of each step unless it is NULL, pools (6) at the end. */
void dalec2(const double *drivers, int num_steps, double latitude, const double *p, double *nbe, double *lai, double *pools) {
  const double dt = drivers[NUM_DRIVERS] - drivers[0];
  const double combustion[6] = {0.1, 0.9, 0.1, 0.1, 0.5, 0.01}, resilience = 0.5;
  const double scale = 365.25 / PI;
  const double wf = p[15] * sqrt(2.0) / 2.0, wl = p[13] * sqrt(2.0) / 2.0;
  const double ff = 0.5 * (log(p[4]) - log(p[4] - 1.0)), fl = 0.5 * (log(1.001) - log(0.001));
  const double of = offset(p[4], wf), ol = offset(1.001, wl);
  double lab = p[17], fol = p[18], roo = p[19], woo = p[20], lit = p[21], som = p[22];

  for (int n = 0; n < num_steps; n++) {
    const double *d = drivers + n * NUM_DRIVERS;
    const double t = d[0], burned = d[6];
    const double leaf_area = fol / p[16];
    const double gpp = acm(leaf_area, p[10], d, latitude);
    if (lai) lai[n] = leaf_area;
    const double warmth = exp(p[9] * 0.5 * (d[1] + d[2]));
    const double sf = sin((t - p[14] + of) / scale) * scale / wf;
    const double sl = sin((t - p[11] + ol) / scale) * scale / wl;
    const double fall = 2.0 / sqrt(PI) * (ff / wf) * exp(-sf * sf);
    const double onset = 2.0 / sqrt(PI) * (fl / wl) * exp(-sl * sl);

    const double ra = p[1] * gpp;
    const double to_fol = (gpp - ra) * p[2];
    const double to_lab = (gpp - ra - to_fol) * p[12];
    const double to_roo = (gpp - ra - to_fol - to_lab) * p[3];
    const double to_woo = gpp - ra - to_fol - to_lab - to_roo;
    const double lab2fol = lab * lost(onset, dt);
    const double fol2lit = fol * lost(fall, dt);
    const double woo2som = woo * lost(p[5], dt);
    const double roo2lit = roo * lost(p[6], dt);
    const double rh_lit = lit * lost(warmth * p[7], dt);
    const double rh_som = som * lost(warmth * p[8], dt);
    const double lit2som = lit * lost(warmth * p[0], dt);

    lab += (to_lab - lab2fol) * dt;
    fol += (to_fol + lab2fol - fol2lit) * dt;
    roo += (to_roo - roo2lit) * dt;
    woo += (to_woo - woo2som) * dt;
    lit += (fol2lit + roo2lit - rh_lit - lit2som) * dt;
    som += (lit2som + woo2som - rh_som) * dt;

    double *const pool[6] = {&lab, &fol, &roo, &woo, &lit, &som};
    double emission[6], transfer[6], fire = 0.0;
    for (int i = 0; i < 6; i++) {
      emission[i] = *pool[i] * burned * combustion[i];
      transfer[i] = i < 5 ? *pool[i] * burned * (1.0 - combustion[i]) * (1.0 - resilience) : 0.0;
      fire += emission[i] / dt;
    }
    for (int i = 0; i < 6; i++) *pool[i] -= emission[i] + transfer[i];
    lit += transfer[0] + transfer[1] + transfer[2];
    som += transfer[3] + transfer[4];
    nbe[n] = -gpp + ra + rh_lit + rh_som + fire;
  }
  pools[0] = lab, pools[1] = fol, pools[2] = roo, pools[3] = woo, pools[4] = lit, pools[5] = som;
}

/* One member after the other: p (N, 23), nbe (N, T), pools (N, 6). */
void dalec2_ensemble(const double *drivers, int num_steps, double latitude, const double *p, int num_members, double *nbe,
                     double *pools) {
  for (int i = 0; i < num_members; i++)
    dalec2(drivers, num_steps, latitude, p + i * NUM_PARAMETERS, nbe + (long)i * num_steps, NULL, pools + i * 6);
}

enum family { NORMAL, LOG_NORMAL, LOGIT_NORMAL };

/* Value of a parameter from its normal score z; prior: family, centre, spread, low, high; the centre is that of the value, of
 * its logarithm or of the logit of where it lies between low and high. */
static double value(const double *prior, double z) {
  const double natural = prior[1] + prior[2] * z;
  if (prior[0] == NORMAL) return natural;
  if (prior[0] == LOG_NORMAL) return exp(natural);
  return prior[3] + (prior[4] - prior[3]) / (1.0 + exp(-natural));
}

/* Half the squared misfit of m values seen at some steps, with one standard deviation; a run that went astray gives NaN. */
static double misfit(const double *predicted, int m, const int *steps, const double *seen, double sd) {
  double sum = 0.0;
  for (int k = 0; k < m; k++) {
    const double here = predicted[steps[k]], r = (here - seen[k]) / sd;
    sum += fabs(here) < 1e20 ? r * r : NAN;
  }
  return 0.5 * sum;
}

/* Log posterior of the rows of z (N, 23) up to a constant, -infinity where the run fails; priors (23, 5); work (2 T). */
void log_posterior(const double *drivers, int num_steps, double latitude, const double *priors, int num_nbe,
                   const int *nbe_steps, const double *nbe, double nbe_sd, int num_lai, const int *lai_steps,
                   const double *lai, double lai_sd, const double *z, int num_members, double *work, double *out) {
  for (int i = 0; i < num_members; i++) {
    double p[NUM_PARAMETERS], pools[6], prior = 0.0;
    for (int k = 0; k < NUM_PARAMETERS; k++) {
      const double score = z[(long)i * NUM_PARAMETERS + k];
      p[k] = value(priors + 5 * k, score);
      prior += 0.5 * score * score;
    }
    dalec2(drivers, num_steps, latitude, p, work, work + num_steps, pools);
    const double cost =
        misfit(work, num_nbe, nbe_steps, nbe, nbe_sd) + misfit(work + num_steps, num_lai, lai_steps, lai, lai_sd);
    out[i] = isfinite(cost) ? -cost - prior : -INFINITY;
  }
}
