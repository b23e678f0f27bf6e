import * as d from "./distributions.ts";
const vals=[-Infinity,-1e300,-1e10,-1000,-100,-40,-37,-20.0001,-19.99,-10,-1,-1e-10,-1e-300,0,1e-300,1e-10,.1,.5,1,2,10,19,27,37,40,100,1000,1412,1e4,1e6,1e10,1e300,Infinity,NaN];
const dfs=[.5,1,2,3.5,99,1000,1e5,1e7,1e10,Infinity];
const ps=[0,1e-308,1e-300,1e-100,1e-20,1e-10,.001,.3,.5,.7,.999,1-1e-10,1-1e-16,1];
const t=(n:string,f:()=>number)=>{try{const v=f(); if(!Number.isFinite(v)) console.log(n,v)}catch(e){console.log(n,'THROWS',(e as Error).message)}};
for(const v of vals){t(`ndtr ${v}`,()=>d.normalCdf(v));t(`lncdf ${v}`,()=>d.logNormalCdf(v));for(const f of dfs){t(`chi ${v} ${f}`,()=>d.chiSquareSurvival(v,f));t(`t ${v} ${f}`,()=>d.studentSurvival(v,f));}}
for(const p of ps){t(`q ${p}`,()=>d.normalQuantile(p));for(const f of dfs){t(`chiq ${p} ${f}`,()=>d.chiSquareQuantile(p,f));t(`tq ${p} ${f}`,()=>d.studentQuantile(p,f));for(const g of [1,99])t(`F ${p} ${g} ${f}`,()=>d.fQuantile(p,g,f));}}
for(const a of [1e-10,.5,1,1e4,1e8,1e15])for(const b of [1e-10,.5,1e4,1e12])t(`B ${a} ${b}`,()=>d.logBeta(a,b));
